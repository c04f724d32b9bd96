"""What is measured in one arm of the health lab: how long the dead are still asked and the living left out, and how often."""

from collections.abc import Mapping
from dataclasses import dataclass

from labs.experiments.callers import ratio
from labs.experiments.contract import Metrics
from labs.experiments.health_and_recovery.fleet import DOWN, GRAY, WELL, Server
from labs.experiments.world import World
from labs.measurement.recorder import Level

MOST_MARKS = 300
"""Of one arm: a fleet that flaps at each probe need not be told of for ever."""
NAMES = {DOWN: "detection", GRAY: "gray_detection"}


@dataclass(slots=True)
class Card:
    """One server's: whether it is in, and since when something is true that the balancer does not know yet."""

    inside: bool = True
    fell_ill_s: float | None = None
    recovered_s: float | None = None
    illness: str = ""


class Instruments:
    """Fed by the system while it works; acts on nothing."""

    def __init__(self, world: World, servers: tuple[Server, ...]) -> None:
        recorder = world.recorder
        self._world = world
        self._recorder = recorder
        self._servers = servers
        self._cards = {server.name: Card() for server in servers}
        self.calls, self.probes, self.queries = recorder.outcomes(), recorder.outcomes(), recorder.outcomes()
        self.of_server = {server.name: (recorder.counter(), recorder.counter()) for server in servers}
        self.probes_sent, self.connections = recorder.counter(), recorder.counter()
        self.evictions, self.restarts = recorder.counter(), recorder.counter()
        self.in_pool, self.live = recorder.level(float(len(servers))), recorder.level(float(len(servers)))
        self.wrongly_out, self.wrongly_in = recorder.level(), recorder.level()
        self.empty, self.panic = recorder.level(), recorder.level()
        self._times: dict[str, list[float]] = {"detection": [], "gray_detection": [], "return": []}
        self._evicted = self._restarted = 0
        self._crashes = 0
        self._last_detection_s: float | None = None
        self._emptied_s: float | None = None
        self._least_inside = float(len(servers))
        self._marks = 0

    # What happens

    def called(self, server: Server, outcome: str) -> None:
        """A request to the server has ended."""
        asked, failed = self.of_server[server.name]
        asked.bin += 1
        failed.bin += outcome != "ok"
        self.calls.count(outcome)

    def probed(self, outcome: str, new_connection: bool) -> None:
        self.probes_sent.bin += 1
        self.connections.bin += new_connection
        self.probes.count(outcome)

    def fell_or_rose(self, server: Server, before: str) -> None:
        """The server's true condition has changed."""
        card, now_s = self._cards[server.name], self._world.now_s()
        if server.condition == DOWN and self._measured:
            self._crashes += 1
        if server.well:
            card.fell_ill_s, card.illness = None, ""
            card.recovered_s = None if card.inside else now_s
        else:
            card.recovered_s = None
            if before == WELL and card.inside and server.condition in NAMES:
                card.fell_ill_s, card.illness = now_s, NAMES[server.condition]

    def believed(self, server: Server, inside: bool, reason: str) -> None:
        """The balancer has let the server in or taken it out."""
        card, now_s = self._cards[server.name], self._world.now_s()
        card.inside = inside
        if inside:
            self._took("return", card.recovered_s, now_s)
            card.recovered_s = None
        else:
            self._taken_out(server, card, now_s)
        self._tell(f"{server.name} {'in' if inside else 'out'}: {reason}", "in" if inside else "out")

    def _taken_out(self, server: Server, card: Card, now_s: float) -> None:
        if server.well:
            self._evicted += 1
            self.evictions.bin += 1
            card.recovered_s = None
        elif card.fell_ill_s is not None:
            self._last_detection_s = now_s - card.fell_ill_s
            self._took(card.illness, card.fell_ill_s, now_s)
            card.fell_ill_s = None

    def _took(self, what: str, since_s: float | None, now_s: float) -> None:
        if since_s is not None and since_s >= self._world.warm_up_s:
            self._times[what].append(now_s - since_s)

    def restarted(self, server: Server) -> None:
        self._restarted += 1
        self.restarts.bin += 1

    def counted(self, inside: int, panicking: bool) -> None:
        """To be told after each change of either the truth or the opinion."""
        now_s, cards = self._world.now_s(), self._cards
        out_of_it = [server for server in self._servers if not cards[server.name].inside]
        self.in_pool.set(float(inside))
        self.live.set(float(sum(server.well for server in self._servers)))
        self.wrongly_out.set(0.0 if panicking else float(sum(server.well for server in out_of_it)))
        self.wrongly_in.set(float(sum(not one.well and (panicking or cards[one.name].inside) for one in self._servers)))
        self._turned(self.empty, not inside, "nobody is left in the pool", "empty")
        self._turned(self.panic, panicking, "panic: balancing over all", "panic")
        if not inside and self._emptied_s is None:
            self._emptied_s = now_s
        if self._measured:
            self._least_inside = min(self._least_inside, float(inside))

    def _turned(self, level: Level, on: bool, text: str, value: str) -> None:
        if bool(level.value) is not on:
            level.set(float(on))
            self._tell(text if on else f"no longer {value}", value if on else "in")

    def _tell(self, text: str, value: str) -> None:
        self._marks += 1
        if self._marks < MOST_MARKS:
            self._world.mark("state", "pool", text, value)
        elif self._marks == MOST_MARKS:
            self._world.mark("note", "pool", "in and out without end: no more of it is told")

    def inside(self, server: Server) -> bool:
        return self._cards[server.name].inside

    @property
    def _measured(self) -> bool:
        return self._world.now_s() >= self._world.warm_up_s

    # What comes of it

    def values(self) -> dict[str, float | None]:
        """The series over the bin that just ended."""
        if self._measured:
            self._least_inside = min(self._least_inside, self.in_pool.value)
        return {
            "in_pool": self.in_pool.last,
            "live": self.live.last,
            "wrongly_out": self.wrongly_out.last,
            "wrongly_in": self.wrongly_in.last,
            "detection_s": self._last_detection_s,
            "false_evictions": float(self._evicted),
            "restarts": float(self._restarted),
        }

    def errors_by_server(self, rows: int) -> tuple[float | None, ...]:
        """The share of the requests that failed, for each place of the heat strip; None where none was sent."""
        shares = [ratio(failed.last, asked.last) for asked, failed in self.of_server.values()]
        return (*shares, *[None] * (rows - len(shares)))

    def metrics(self) -> Metrics:
        length_s, servers = self._recorder.measured_s, len(self._servers)
        live_h = (self.live.mean or 0.0) * length_s / 3600.0
        return {
            "detection_s": _mean(self._times["detection"]),
            "detection_max_s": max(self._times["detection"], default=None),
            "gray_detection_s": _mean(self._times["gray_detection"]),
            "return_s": _mean(self._times["return"]),
            "crashes": float(self._crashes),
            "false_evictions": self.evictions.total,
            "false_evictions_per_h": ratio(self.evictions.total, live_h),
            "wrongly_out_share": ratio(self.wrongly_out.mean or 0.0, self.live.mean or 0.0),
            "wrongly_in_share": ratio(self.wrongly_in.mean or 0.0, servers),
            "in_pool_mean": self.in_pool.mean,
            "in_pool_min": self._least_inside if length_s else None,
            "empty_share": self.empty.mean,
            "empty_at_s": self._emptied_s,
            "panic_share": self.panic.mean,
            "probes_rps": ratio(self.probes_sent.total, length_s),
            "connections_rps": ratio(self.connections.total, length_s),
            "restarts": self.restarts.total,
        }

    def flows(self) -> Mapping[str, tuple[int, ...]]:
        return {"call": self.calls.last, "probe": self.probes.last, "query": self.queries.last}


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
