"""Fair hand-over: what comes free goes to whoever has waited longest, and is not lost when he has just left.

Problem. Borrowers wait for things that come back. If whoever is quickest takes them, one who waits can be overtaken for ever.
If they are handed to the one in front, he may have given up in that very moment: his task has been cancelled, but has not run
since. The thing is then in nobody's hand, and a pool that loses one connection for each such moment is empty after some weeks.

Rule. Who waits leaves a future in a line, oldest first. What comes free is put into the first future that still waits. Who is
cancelled *after* his future was filled hands its content on before he goes.

Source. Python's own semaphore and queue lost wake-ups in that moment for years: python/asyncio issue 270 (2015), CPython issue
90155 (2022).

Limits. Fair means first come, first served: who is in a hurry waits as long as the others. Use it from one event loop.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class FairHandover(Generic[Thing]):
    """`hand_on` is called with what somebody got in the moment in which he left."""

    def __init__(self, hand_on: Callable[[Thing], None]) -> None:
        self._hand_on = hand_on
        self._turns: OrderedDict[asyncio.Future[Thing], None] = OrderedDict()

    def __len__(self) -> int:
        """How many wait."""
        return len(self._turns)

    def join(self) -> "asyncio.Future[Thing]":
        """Stand in line. Whoever joins waits at once: `await line.wait(line.join())`."""
        turn: asyncio.Future[Thing] = asyncio.get_running_loop().create_future()
        self._turns[turn] = None
        return turn

    async def wait(self, turn: "asyncio.Future[Thing]") -> Thing:
        """Until it is this one's turn. Raises what `tell_first` says."""
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._hand_on(turn.result())
            raise
        finally:
            self._turns.pop(turn, None)

    def give_first(self, thing: Thing) -> bool:
        """To whoever waits longest; False when nobody does."""
        turn = self._first()
        if turn is not None:
            turn.set_result(thing)
        return turn is not None

    def tell_first(self, error: Exception) -> bool:
        """Whoever waits longest gets this error in the place of a thing; False when nobody waits."""
        turn = self._first()
        if turn is not None:
            turn.set_exception(error)
        return turn is not None

    def _first(self) -> "asyncio.Future[Thing] | None":
        while self._turns:
            turn, _nothing = self._turns.popitem(last=False)
            if not turn.done():
                return turn
        return None
