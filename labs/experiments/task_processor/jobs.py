"""One task of the traffic on its way, and the journal that remembers it where the queue is durable."""

from math import log1p

from labs.experiments.settings import Settings
from labs.experiments.world import Request, World


class Journey:
    """A request with the moment at which it came, and what has become of it."""

    __slots__ = ("added_s", "began_s", "ended", "probe", "request")

    def __init__(self, request: Request, began_s: float, probe: bool = False) -> None:
        self.request = request
        self.began_s = began_s
        self.probe = probe
        self.added_s = began_s
        self.ended = False

    @property
    def key(self) -> str:
        return str(self.request.number)


def exponential(draw: float) -> float:
    """The quantile of an exponential variable with mean 1."""
    return -log1p(-draw)


class MemoryJournal:
    """Fulfils `labs.patterns.task_processor.Journal`. It outlives the process: only the test of a crash sees that."""

    def __init__(self, world: World, settings: Settings) -> None:
        self._world = world
        self._settings = settings
        self._keys: dict[str, None] = {}

    async def accepted(self, key: str) -> None:
        await self._world.sleep(self._settings.number("journal_s"))
        self._keys[key] = None

    async def done(self, key: str) -> None:
        self.strike_out(key)

    def strike_out(self, key: str) -> None:
        self._keys.pop(key, None)

    def keeps(self, key: str) -> bool:
        return key in self._keys

    def unfinished(self) -> list[str]:
        return list(self._keys)
