"""Read model: answers kept ready in the shape of the question, built from other services' changes.

Problem. A page shows orders with customers' names and payments' states. Three services own the facts. Asking all three for each
row of each page is slow, and the page is down when any of them is.

Rule. Whoever owns a fact publishes each change with its position in the owner's log. The reader keeps a copy of what it needs,
joined and indexed for its one question, and remembers how far it has come. A change at or below that position was applied
already and is ignored; one that leaves a gap is refused, because applying it would hide the loss. The copy may be thrown away
and built again from the log at any time: it is nobody's truth.

It lags. A writer who reads at once may miss the own write; so a write returns its position, and a read may ask for an answer at
least that new. It waits until the model has come so far, for `patience_s` at most.

Source. B. Meyer's command-query separation, taken up for whole models by G. Young; M. Fowler, *CQRS*, 2011; positions as a
cure for lag: D. B. Terry et al., *Session Guarantees for Weakly Consistent Replicated Data*, PDIS 1994.

Limits. One log, one order: with several owners keep a position for each. It separates models. It does not make the owner's
writes faster, and everything that can be asked must have been foreseen.
"""

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")


class MissedChange(Exception):
    """Changes between the model's position and this one have not arrived."""


class TooFarBehind(Exception):
    """The model did not reach the asked position in time."""


@dataclass(frozen=True, slots=True)
class Change(Generic[Row]):
    """`position` counts the owner's changes from 1; `row` is None where the key was deleted."""

    position: int
    key: Hashable
    row: Row | None


class ReadModel(Generic[Row]):
    """Rows by key, as of `position` in the owner's log."""

    def __init__(self) -> None:
        self.position = 0
        self._rows: dict[Hashable, Row] = {}
        self._moved = asyncio.Condition()

    async def apply(self, change: Change[Row]) -> bool:
        """False for a change that was applied before. Raises `MissedChange`."""
        async with self._moved:
            if change.position <= self.position:
                return False
            if change.position != self.position + 1:
                raise MissedChange(f"{change.position} came after {self.position}")
            if change.row is None:
                self._rows.pop(change.key, None)
            else:
                self._rows[change.key] = change.row
            self.position = change.position
            self._moved.notify_all()
            return True

    async def read(self, key: Hashable, *, at_least: int = 0, patience_s: float = 0.5) -> Row | None:
        """The row as of position `at_least` or later. Raises `TooFarBehind`."""
        try:
            async with asyncio.timeout(patience_s), self._moved:
                await self._moved.wait_for(lambda: self.position >= at_least)
                return self._rows.get(key)
        except TimeoutError:
            raise TooFarBehind(f"at {self.position}, asked for {at_least}") from None
