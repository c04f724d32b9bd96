"""What stands before the pool: a backlog of connections and the few who accept them and submit their work."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from labs.experiments.settings import Settings
from labs.experiments.world import World

Item = TypeVar("Item")


class Front(Generic[Item]):
    """Submitters take connections in the order in which they came; while one of them hands a task over it takes no other."""

    def __init__(self, world: World, settings: Settings, handle: Callable[[Item], Awaitable[None]]) -> None:
        self._world = world
        self._settings = settings
        self._handle = handle
        self._backlog: deque[Item] = deque()
        self._free: deque[asyncio.Future[None]] = deque()
        self.busy = 0

    @property
    def waiting(self) -> int:
        """Connections that nobody has accepted yet."""
        return len(self._backlog)

    def open(self) -> None:
        for _ in range(self._settings.whole("submitters")):
            self._world.spawn(self._accept())

    def offer(self, item: Item) -> bool:
        """A connection comes; False where the backlog is full."""
        if len(self._backlog) >= self._settings.whole("backlog") and not self._free:
            return False
        self._backlog.append(item)
        while self._free:
            call = self._free.popleft()
            if not call.done():
                call.set_result(None)
                break
        return True

    def reset(self) -> list[Item]:
        """The process is gone: so are the connections that waited."""
        lost = list(self._backlog)
        self._backlog.clear()
        return lost

    async def _accept(self) -> None:
        while True:
            while not self._backlog:
                call: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._free.append(call)
                await call
            item = self._backlog.popleft()
            self.busy += 1
            await self._world.sleep(self._settings.number("accept_s"))
            await self._handle(item)
            self.busy -= 1
