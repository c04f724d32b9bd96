"""What is measured in one arm of the load-balancer lab, beside what callers see: server by server, and pick by pick."""

from collections.abc import Iterable, Mapping, Sequence

from labs.experiments.callers import ratio
from labs.experiments.contract import Metrics
from labs.experiments.events import Flow
from labs.experiments.load_balancer.fleet import Machine
from labs.experiments.load_balancer.knobs import GROUP
from labs.experiments.world import World
from labs.measurement.recorder import Counter, Level, Samples

CROWDED = 3
"""So many requests at one server are a crowd."""

Rows = Mapping[str, tuple[float | None, ...]]


class ServerGauge:
    """One server's requests: how many there are, how many came, how long they took."""

    __slots__ = ("came", "inside", "times")

    def __init__(self, inside: Level, came: Counter, times: Samples) -> None:
        self.inside, self.came, self.times = inside, came, times


class Instruments:
    """Fed by the system while it works; acts on nothing."""

    def __init__(self, world: World, machines: int) -> None:
        recorder = self._recorder = world.recorder
        self.gauges = [ServerGauge(recorder.level(), recorder.counter(), recorder.samples()) for _ in range(machines)]
        self._central = recorder.samples()
        self._calls = recorder.outcomes()
        self._crowded, self._there = recorder.level(), recorder.level()
        self._picks, self._repeats = recorder.counter(), recorder.counter()
        self._asked, self._warm = recorder.counter(), recorder.counter()
        self._last = -1
        self._last_by_key: dict[str, int] = {}
        self._moved: list[float] = []
        self._imbalances: list[float] = []
        self._imbalance: float | None = None
        self._busy_before_s = [0.0] * machines

    @property
    def central(self) -> Samples:
        """Times of the one queue for all."""
        return self._central

    # Fed

    def servers(self, number: int) -> None:
        """There are so many from now on."""
        self._there.set(number)

    def picked(self, machine: Machine, key: str) -> None:
        """A request is on its way to this server."""
        number, gauge = machine.number, self.gauges[machine.number]
        gauge.came.bin += 1
        gauge.inside.add(1)
        if machine.active == CROWDED:
            self._crowded.add(1)
        self._picks.bin += 1
        self._repeats.bin += number == self._last
        self._last = number
        before = self._last_by_key.get(key, -1)
        if before >= 0:
            self._asked.bin += 1
            self._warm.bin += before == number
        self._last_by_key[key] = number

    def left(self, machine: Machine, took_s: float, outcome: str) -> None:
        """It has answered, or cannot any more; the machine no longer counts the request."""
        gauge = self.gauges[machine.number]
        gauge.inside.add(-1)
        if machine.active == CROWDED - 1:
            self._crowded.add(-1)
        if outcome == "ok":
            gauge.times.record(took_s)
            self._calls.ok += 1
        else:
            self._calls.failed += 1

    def keys_moved(self, share: float) -> None:
        """This share of the keys have another home after a change of the pool."""
        self._moved.append(share)

    # What comes of it

    def close_bin(self, machines: Sequence[Machine]) -> None:
        """The bin has ended: how evenly was the work spread over those who are in the pool?"""
        work = [self.gauges[machine.number].came.last * machine.service.plan.mean_s for machine in machines if machine.pooled]
        mean = sum(work) / len(work) if work else 0.0
        self._imbalance = max(work) / mean if mean else None
        if not self._recorder.measured_s:
            self._busy_before_s = [machine.service.busy_s for machine in machines]
        elif self._imbalance is not None:
            self._imbalances.append(self._imbalance)

    def values(self) -> dict[str, float | None]:
        return {"imbalance": self._imbalance, "crowded": self._crowded.last}

    def rows(self, machines: Sequence[Machine]) -> Rows:
        """A row for every server that there may be; None for those that are not there."""
        bin_s = self._recorder.last_bin_s
        here = [(machine.exists, self.gauges[machine.number]) for machine in machines]
        return {
            "server_queue": _row(gauge.inside.last if exists else None for exists, gauge in here),
            "server_p95_s": _row(gauge.times.last_quantile(0.95) if exists else None for exists, gauge in here),
            "server_rps": _row(gauge.came.last / bin_s if exists else None for exists, gauge in here),
        }

    def call_flow(self) -> Flow:
        return Flow(*self._calls.last)

    def metrics(self, machines: Sequence[Machine]) -> Metrics:
        """Over the time after the warm-up. Shares of the servers are of those that there were, second by second."""
        length_s = self._recorder.measured_s
        busy = [
            ratio(machine.service.busy_s - before_s, length_s) or 0.0
            for machine, before_s in zip(machines, self._busy_before_s, strict=True)
        ]
        there = self._there.mean or 0.0
        return {
            "utilization": ratio(sum(busy), there),
            "busiest_share": min(1.0, max(busy)) if length_s else None,
            "imbalance": ratio(sum(self._imbalances), len(self._imbalances)),
            "crowded_share": ratio(self._crowded.mean or 0.0, there),
            "repeat_share": ratio(self._repeats.total, self._picks.total),
            "warm_share": ratio(self._warm.total, self._asked.total),
            "moved_share": ratio(sum(self._moved), len(self._moved)),
            "central_mean_s": self._central.mean,
            "central_p99_s": self._central.quantile(0.99),
        }


def _row(values: Iterable[float | None]) -> tuple[float | None, ...]:
    row = tuple(values)
    return row + (None,) * (GROUP - len(row))
