"""The race: all clients read one row, change it and write it back under optimistic locking, until each has done so once.

A write succeeds if nobody else's has since it read. Messages take a normal time, as in the published simulator (its mean is
10 ms, its deviation 2 ms); a client that lost reads again, after the wait of its backoff.
"""

from statistics import NormalDist

from labs.experiments.callers import ratio
from labs.experiments.contract import Metrics
from labs.experiments.events import Member, NodeState, Scalar
from labs.experiments.retry_storm import policies
from labs.experiments.retry_storm.chain import Layer
from labs.experiments.retry_storm.course import Course
from labs.experiments.retry_storm.instruments import Instruments
from labs.experiments.retry_storm.settings import RetrySettings
from labs.experiments.retry_storm.watch import STATES
from labs.experiments.world import Request, World

PERIOD_S = 10.0
FIRST_S = 1.0
"""After the warm-up, so that all of the first race is measured."""
HIGHEST_QUANTILE = 1.0 - 2.0**-53
LOWEST_QUANTILE = 2.0**-53


class Row:
    """One row and its version."""

    def __init__(self) -> None:
        self.version = 0

    def write(self, seen: int) -> bool:
        """Whether the row was still as it was seen, and has been changed."""
        if seen != self.version:
            return False
        self.version += 1
        return True


class Network:
    """The time that a message takes, from the luck of its attempt."""

    def __init__(self, mean_s: float, deviation_s: float) -> None:
        self._mean_s = mean_s
        self._normal = NormalDist(mean_s, deviation_s) if deviation_s else None

    def delay_s(self, share: float) -> float:
        if self._normal is None:
            return self._mean_s
        return abs(self._normal.inv_cdf(min(HIGHEST_QUANTILE, max(LOWEST_QUANTILE, share))))


class Race:
    """One race every 10 s, at the same times in all arms; one that lasts longer delays the next to the next such time."""

    def __init__(self, world: World, arm: str, settings: RetrySettings, instruments: Instruments) -> None:
        self._world = world
        self._settings = settings
        self._instruments = instruments
        self.layer = Layer(arm, world, settings, world.rng("jitter-1"))
        self.layer.retry.on_setback(instruments.set_back)
        self._network = Network(settings.number("network_s"), settings.number("network_deviation_s"))
        self._row = Row()
        self._left = self._won = self._writes = 0
        self._races = self._updated = self._started = self._all_writes = 0
        self._all_s = 0.0

    async def run(self) -> None:
        await self._world.sleep(self._world.warm_up_s + FIRST_S)
        while True:
            began_s = self._world.now_s()
            await self._race()
            await self._world.sleep(-(self._world.now_s() - began_s) % PERIOD_S)

    async def _race(self) -> None:
        began_s, clients = self._world.now_s(), self._settings.clients
        self._left, self._won, self._writes = clients, 0, 0
        runners = [self._world.spawn(self._client(self._world.request("race"))) for _ in range(clients)]
        for runner in runners:
            await runner
        self._races += 1
        self._started += clients
        self._updated += self._won
        self._all_writes += self._writes
        self._all_s += self._world.now_s() - began_s

    async def _client(self, request: Request) -> None:
        course = Course(request, self._instruments.request_began())
        won = await self.layer.call(self._update, course)
        self._left -= 1
        self._won += won
        self._instruments.request_ended(course, "ok" if won else "failed")

    async def _update(self, course: Course) -> bool:
        """Read, then write what was read: four messages."""
        delay_s, sleep, sent = self._network.delay_s, self._world.sleep, course.sent
        out, back = course.request.redrawn(2 * sent + 1), course.request.redrawn(2 * sent + 2)
        began_s = self._instruments.attempt_began(course)
        await sleep(delay_s(out.fate))
        seen = self._row.version
        await sleep(delay_s(out.pace))
        await sleep(delay_s(back.fate))
        self._writes += 1
        won = self._row.write(seen)
        await sleep(delay_s(back.pace))
        self._instruments.attempt_ended(course, began_s, "ok" if won else "failed", answered=True)
        return won

    def turn(self, knob: str, value: Scalar) -> None:
        if knob in policies.KNOBS:
            self.layer.turn()

    def do(self, action: str) -> None:
        self._world.mark("note", "service", f"{action}: nothing in a race to do that to")

    # What is seen

    @property
    def down(self) -> bool:
        return False

    @property
    def budget_left(self) -> float | None:
        return self.layer.budget_left

    def values(self) -> dict[str, float | None]:
        return {
            "state": float(STATES.index("overloaded" if self._contended else "well")),
            "queued": float(self._left),
            "backing_off": float(self.layer.backing_off),
            "budget_left": self.budget_left,
        }

    def close_bin(self) -> None:
        self.layer.close_bin()

    def members(self) -> tuple[Member, ...]:
        return (self.layer.member("layer-1"),)

    def service_node(self) -> NodeState:
        busy = self.layer.under_way - self.layer.backing_off
        return NodeState("contended" if self._contended else "well", min(busy, self._settings.whole("slots")), self._left)

    @property
    def _contended(self) -> bool:
        """Whether most writes of the bin that just ended came too late."""
        ok, _slow, lost, _rejected, _timed_out = self._instruments.attempts.last
        return lost > ok

    def metrics(self) -> Metrics:
        races = self._races
        return {
            "utilization": None,
            "contention_calls": ratio(self._all_writes, races),
            "completion_s": ratio(self._all_s, races),
            "updated_share": ratio(self._updated, self._started),
            "races": float(races),
        }
