"""Saga: one piece of business in several services, each step a transaction of its own, with a way back.

Problem. An order reserves stock, authorises a card and ships a parcel, in three databases that share no transaction. Any step
may fail, time out without telling, or be interrupted by a crash of whoever coordinates.

Rule. Steps come in three kinds, in this order. *Compensable* ones have an undo. The *pivot* decides: once it has happened the
saga goes on to the end, and before it the saga may still go back. *Retriable* ones come after it and are repeated until they
succeed. The coordinator writes what it is about to do into a durable log before it does it. After a crash it reads the log and
goes on, forward or backward, and may so do a step twice: act and undo get the same key each time and must be idempotent.

A refusal (`Refused`) says that nothing was done, and turns the saga round. Any other error leaves the outcome open. A
compensable step of unknown outcome is undone, so an undo must bear that there is nothing to undo, and must keep the act from
taking effect should it arrive late. A pivot of unknown outcome is asked again with the same key until it answers, because there
is no way back from it; a saga that cannot get on raises `Stuck`, for an alert and a person, and can be run again later.

Source. H. Garcia-Molina and K. Salem, *Sagas*, SIGMOD 1987, with recovery backward, and forward from save-points; the three
kinds by these names: C. Richardson, *Microservices Patterns* (2018), ch. 4.

Limits. No isolation: others see each step as soon as it commits. One coordinator at a time may run a saga: two need a lease
with a fencing token. What was mailed or shipped cannot be undone, only answered by another act.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from labs.patterns.clock import Sleep

Work = Callable[[str], Awaitable[object]]
"""Does or undoes a step. Its argument is the step's key, the same at each attempt."""


class Refused(Exception):
    """The step was refused for good, and nothing was done."""


class Stuck(Exception):
    """The saga can neither go on nor back: somebody has to look."""


class Event(Enum):
    STARTED = auto()
    DONE = auto()
    TURNED = auto()
    UNDONE = auto()


class Outcome(Enum):
    COMPLETED = auto()
    CANCELLED = auto()


@dataclass(frozen=True, slots=True)
class Step:
    """`undo` belongs to compensable steps, `pivot` to at most one of the others."""

    name: str
    act: Work
    undo: Work | None = None
    pivot: bool = False


class Log(Protocol):
    """What the coordinator has written. `append` returns when the entry will survive a crash."""

    async def append(self, saga_id: str, event: Event, step: str) -> None: ...

    async def read(self, saga_id: str) -> set[tuple[Event, str]]: ...


class Saga:
    """Runs sagas of one kind. `wait_s` is the pause before a further attempt, by its number from 1."""

    def __init__(
        self,
        steps: Sequence[Step],
        log: Log,
        *,
        sleep: Sleep,
        attempts: int = 5,
        wait_s: Callable[[int], float] = lambda n: 0.1 * 2.0**n,
    ) -> None:
        check_order(steps)
        self.steps = tuple(steps)
        self.log = log
        self.sleep = sleep
        self.attempts = attempts
        self.wait_s = wait_s

    async def run(self, saga_id: str) -> Outcome:
        """Carry the saga to its end from wherever its log says it is. Run it again after a crash."""
        written = await self.log.read(saga_id)
        if (Event.TURNED, "") not in written:
            try:
                await self._forward(saga_id, written)
                return Outcome.COMPLETED
            except Refused:
                await self.log.append(saga_id, Event.TURNED, "")
        await self._backward(saga_id, await self.log.read(saga_id))
        return Outcome.CANCELLED

    async def _forward(self, saga_id: str, written: set[tuple[Event, str]]) -> None:
        for step in self.steps:
            if (Event.DONE, step.name) not in written:
                await self.log.append(saga_id, Event.STARTED, step.name)
                await self._act(step, f"{saga_id}/{step.name}")
                await self.log.append(saga_id, Event.DONE, step.name)

    async def _backward(self, saga_id: str, written: set[tuple[Event, str]]) -> None:
        """Undo whatever was begun, last first: of a step that was begun nobody knows how far it got."""
        for step in reversed(self.steps):
            if step.undo and (Event.STARTED, step.name) in written and (Event.UNDONE, step.name) not in written:
                await self._undo(step.undo, f"{saga_id}/{step.name}")
                await self.log.append(saga_id, Event.UNDONE, step.name)

    async def _act(self, step: Step, key: str) -> None:
        try:
            await self._insist(step.act, key)
        except Refused as refusal:
            if step.undo or step.pivot:
                raise
            raise Stuck(f"{key} was refused after the pivot") from refusal
        except Stuck as unknown:
            if not step.undo:
                raise
            raise Refused(f"{key}: outcome unknown, and it can be undone") from unknown

    async def _undo(self, undo: Work, key: str) -> None:
        try:
            await self._insist(undo, key)
        except Refused as refusal:
            raise Stuck(f"the undo of {key} was refused") from refusal

    async def _insist(self, work: Work, key: str) -> None:
        for attempt in range(1, self.attempts + 1):
            try:
                await work(key)
                return
            except Refused:
                raise
            except Exception as error:
                if attempt == self.attempts:
                    raise Stuck(f"{key} gave no answer in {attempt} attempts") from error
                await self.sleep(self.wait_s(attempt))


def check_order(steps: Sequence[Step]) -> None:
    """Compensable steps, then at most one pivot, then retriable ones. Raises `ValueError`."""
    kinds = "".join("c" if step.undo else "p" if step.pivot else "r" for step in steps)
    if kinds != "".join(sorted(kinds)) or kinds.count("p") > 1 or any(step.undo and step.pivot for step in steps):
        raise ValueError(f"compensable steps come first, then one pivot, then retriable steps, not {kinds}")
