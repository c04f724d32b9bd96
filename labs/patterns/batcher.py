"""Batcher: do many small things as one large one.

Problem. Writing a row costs a round trip, a commit and a sync to disk; writing a hundred rows in one statement costs the same
round trip, commit and sync once. Where the fixed cost is most of it, things that are done one by one waste nearly all capacity.

Rule. Collect what comes and hand it on when `batch_size` things are there, or when the first of them has waited for `linger_s`,
whichever comes first. With a fixed cost f and c for each thing

    capacity = n / (f + n c), which nears 1 / c as n grows        cost of one thing = f / n + c

and each thing waits for its batch: the price is latency at low load, up to `linger_s`. At high load batches fill before the
time is up and the wait vanishes: batching costs latency exactly where there is time to spare.

Each `add` gets a future of its own: the batch's result for it, or the batch's error. One bad thing fails its whole batch unless
`handle` sorts them out, so let it return an outcome for each.

Source. Apache Kafka's producer (`linger.ms`, `batch.size`); group commit: D. DeWitt et al., *Implementation Techniques for Main
Memory Database Systems* (SIGMOD 1984).

Limits. What waits in an open batch is lost in a crash: acknowledge after the batch, not after `add`. Batches are not ordered
against each other when several run at once. A larger batch holds its locks longer, and is retried as a whole. `close` hands on
what is left; who forgets it loses the last batch of each day.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

from labs.patterns.clock import Sleep
from labs.patterns.timeout import Spawn

Item = TypeVar("Item")
Result = TypeVar("Result")


class Batcher(Generic[Item, Result]):
    """`await batcher.add(item)` gives the item's own result of `await handle(items)`, which returns one for each, in order."""

    def __init__(
        self,
        handle: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
        *,
        batch_size: int,
        linger_s: float,
        spawn: Spawn = asyncio.ensure_future,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        if batch_size < 1 or linger_s < 0.0:
            raise ValueError(f"not a batch: {batch_size} things within {linger_s} s")
        self.handle = handle
        self.batch_size = batch_size
        self.linger_s = linger_s
        self.spawn = spawn
        self.sleep = sleep
        self._items: list[Item] = []
        self._futures: list[asyncio.Future[Result]] = []
        self._number = 0
        self._under_way: dict[asyncio.Future[Any], None] = {}

    @property
    def waiting(self) -> int:
        """Things in the open batch."""
        return len(self._items)

    def add(self, item: Item) -> "asyncio.Future[Result]":
        """Put it into the open batch; the future ends with the batch."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._items.append(item)
        self._futures.append(future)
        if len(self._items) >= self.batch_size:
            self.hand_on()
        elif len(self._items) == 1:
            self.spawn(self._linger(self._number))
        return future

    def hand_on(self) -> None:
        """Let the open batch go, however many it holds."""
        if not self._items:
            return
        items, futures = self._items, self._futures
        self._items, self._futures = [], []
        self._number += 1
        batch = self.spawn(self._carry_out(items, futures))
        self._under_way[batch] = None
        batch.add_done_callback(lambda done: self._under_way.pop(done, None))

    async def close(self) -> None:
        """Hand on what is left, and wait until every batch is done."""
        self.hand_on()
        while self._under_way:
            await asyncio.wait(list(self._under_way))

    async def _linger(self, number: int) -> None:
        """A batch that filled up in time has another number by now."""
        await self.sleep(self.linger_s)
        if number == self._number:
            self.hand_on()

    async def _carry_out(self, items: Sequence[Item], futures: "Sequence[asyncio.Future[Result]]") -> None:
        try:
            results = await self.handle(items)
            if len(results) != len(items):
                raise ValueError(f"{len(items)} things were handed on, {len(results)} results came back")
        except asyncio.CancelledError:
            for future in futures:
                future.cancel()
            raise
        except Exception as error:
            for future in futures:
                if not future.done():
                    future.set_exception(error)
        else:
            for future, result in zip(futures, results, strict=True):
                if not future.done():
                    future.set_result(result)
