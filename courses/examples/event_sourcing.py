"""Event sourcing: the events of a thing are the truth, and its state is what comes out when they are read in order.

Problem. A row says how things stand, not how they came to. An account of 40 pounds may have been credited twice and debited
once by mistake; the row cannot tell.

Rule. Append events to the stream of one thing, each at the next place. Whoever appends names the place up to which they have
read: if somebody else was faster the append is refused, and the decision is made again on the new state. State is a fold
over the events. A snapshot, a state with its place, only saves reading; it can be thrown away.

Source. Martin Fowler, "Event Sourcing" (2005); Greg Young, "CQRS Documents" (2010), for streams with an expected version.

Limits. Events live for ever, so their shapes do: old ones need readers. What must be forgotten by law must not stand in them
in the clear. A question over many streams ("who owes more than 100?") needs a read model that is built from the events.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


class Conflict(Exception):
    """The stream has grown since it was read. Read again, decide again."""


class Overdrawn(Exception):
    """The rule of the account forbids it. Nothing was appended."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Pence in or, if negative, out. A fact: it is never changed, only followed by another."""

    pence: int
    why: str


@dataclass(frozen=True, slots=True)
class Balance:
    """State, and the place in the stream up to which it was read."""

    pence: int = 0
    place: int = 0


class Streams:
    """The store. One list for each account, appended only."""

    def __init__(self) -> None:
        self._events: defaultdict[str, list[Moved]] = defaultdict(list)

    def read(self, account: str, after: int = 0) -> Sequence[Moved]:
        return self._events[account][after:]

    def append(self, account: str, event: Moved, *, expected: int) -> None:
        """Raises `Conflict` unless the stream ends at `expected`."""
        if len(self._events[account]) != expected:
            raise Conflict(account)
        self._events[account].append(event)


def fold(events: Iterable[Moved], start: Balance | None = None) -> Balance:
    """The state after all events, from the beginning or from a snapshot."""
    state = start or Balance()
    for event in events:
        state = Balance(state.pence + event.pence, state.place + 1)
    return state


def withdraw(streams: Streams, account: str, pence: int, snapshot: Balance | None = None) -> Balance:
    """Decide on the state as read, and append on condition that it is still the newest."""
    start = snapshot or Balance()
    state = fold(streams.read(account, after=start.place), start)
    if state.pence < pence:
        raise Overdrawn(account)
    event = Moved(-pence, "withdrawal")
    streams.append(account, event, expected=state.place)
    return fold([event], state)
