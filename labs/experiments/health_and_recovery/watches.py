"""What each arm believes about the fleet, and whom it sends a request to: the patterns, behind one interface."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence

from labs.experiments.events import Scalar
from labs.experiments.health_and_recovery.fleet import Server
from labs.experiments.settings import Settings
from labs.experiments.world import World
from labs.patterns.health_check import HealthChecker
from labs.patterns.naive_health_check import RemovingPool
from labs.patterns.outlier_ejection import OutlierDetector
from labs.patterns.panic_threshold import HealthyPool

Told = Callable[[Server, bool, str], None]
"""A server is let in (True) or taken out (False), and why."""
Probe = Callable[[Server], Awaitable[bool]]
PROBE_KNOBS = {"interval_s": "interval_s", "probe_timeout_s": "timeout_s"}
"""Of both who probe, and what they call them."""


class Watch(ABC):
    """One arm's balancer with its opinion of who is well."""

    @abstractmethod
    def pick(self) -> Server | None:
        """Whom to send the next request to; None where there is nobody. The naive one raises instead."""

    @property
    @abstractmethod
    def candidates(self) -> int:
        """How many a request may be sent to now."""

    @property
    def panicking(self) -> bool:
        return False

    @abstractmethod
    def start(self) -> None:
        """Begin to watch."""

    @abstractmethod
    def saw(self, server: Server, good: bool) -> None:
        """A request to the server has ended."""

    @abstractmethod
    def turn(self, knob: str, value: Scalar) -> None:
        """A knob was turned."""


class Removing(Watch):
    """The naive one."""

    def __init__(self, world: World, settings: Settings, servers: Sequence[Server], probe: Probe, told: Told) -> None:
        self._world = world
        self.pool = RemovingPool(
            servers,
            probe,
            interval_s=settings.number("interval_s"),
            timeout_s=settings.number("probe_timeout_s"),
            on_removal=lambda server: told(server, False, "a probe failed"),
            sleep=world.sleep,
            time_limit=world.timeout,
        )

    def pick(self) -> Server | None:
        return self.pool.pick()

    @property
    def candidates(self) -> int:
        return len(self.pool.members)

    def start(self) -> None:
        self._world.spawn(self.pool.run())

    def saw(self, server: Server, good: bool) -> None:
        """Requests teach it nothing."""

    def turn(self, knob: str, value: Scalar) -> None:
        if knob in PROBE_KNOBS:
            setattr(self.pool, PROBE_KNOBS[knob], value)


class Healthy(Watch):
    """The pool with health marks. `active`: probes move them; `passive`: requests do; `panics`: it may stop believing them."""

    OUTLIER_KNOBS = {
        "outlier_failures": "consecutive_failures",
        "sweep_s": "interval_s",
        "deviations": "deviations",
        "ejection_s": "base_ejection_s",
        "max_ejected": "max_ejected_share",
    }

    def __init__(
        self,
        world: World,
        settings: Settings,
        servers: Sequence[Server],
        probe: Probe,
        told: Told,
        *,
        active: bool,
        passive: bool,
        panics: bool,
    ) -> None:
        self._world = world
        self._settings = settings
        self._told = told
        self._panics = panics
        self.pool = HealthyPool(
            servers,
            panic_threshold=settings.number("panic_threshold") if panics else 0.0,
            slow_start_s=settings.number("slow_start_s"),
            rng=world.rng("choice"),
            clock=world.now_s,
        )
        self._unwell: set[str] = set()
        self._ejected: set[str] = set()
        self.checker = self._checker(servers, probe) if active else None
        self.detector = self._detector(servers) if passive else None

    def _checker(self, servers: Sequence[Server], probe: Probe) -> HealthChecker[Server]:
        number, whole = self._settings.number, self._settings.whole
        return HealthChecker(
            servers,
            probe,
            interval_s=number("interval_s"),
            timeout_s=number("probe_timeout_s"),
            rise=whole("rise"),
            fall=whole("fall"),
            on_change=self._probed,
            clock=self._world.now_s,
            sleep=self._world.sleep,
            time_limit=self._world.timeout,
        )

    def _detector(self, servers: Sequence[Server]) -> OutlierDetector[Server]:
        number = self._settings.number
        return OutlierDetector(
            servers,
            consecutive_failures=self._settings.whole("outlier_failures"),
            deviations=number("deviations"),
            interval_s=number("sweep_s"),
            base_ejection_s=number("ejection_s"),
            max_ejected_share=number("max_ejected"),
            on_change=self._judged,
            clock=self._world.now_s,
            sleep=self._world.sleep,
        )

    def pick(self) -> Server | None:
        return self.pool.pick()

    @property
    def candidates(self) -> int:
        return len(self.pool.candidates)

    @property
    def panicking(self) -> bool:
        return self.pool.panicking

    def start(self) -> None:
        if self.checker is not None:
            self._world.spawn(self.checker.run())
        if self.detector is not None:
            self._world.spawn(self.detector.run())

    def saw(self, server: Server, good: bool) -> None:
        if self.detector is not None:
            self.detector.saw(server, good)

    def _probed(self, server: Server, up: bool) -> None:
        (self._unwell.discard if up else self._unwell.add)(server.name)
        self._mark(
            server, f"{self._settings.whole('rise')} good probes" if up else f"{self._settings.whole('fall')} bad probes"
        )

    def _judged(self, server: Server, ejected: bool, reason: str) -> None:
        (self._ejected.add if ejected else self._ejected.discard)(server.name)
        self._mark(server, reason)

    def _mark(self, server: Server, reason: str) -> None:
        """In only where neither probes nor requests speak against it."""
        up, before = server.name not in self._unwell | self._ejected, server in self.pool.up
        self.pool.mark(server, up)
        if up is not before:
            self._told(server, up, reason)

    def turn(self, knob: str, value: Scalar) -> None:
        if self.checker is not None and knob in PROBE_KNOBS:
            setattr(self.checker, PROBE_KNOBS[knob], value)
        elif self.checker is not None and knob in ("rise", "fall"):
            self.checker.set_counts(self._settings.whole("rise"), self._settings.whole("fall"))
        elif self.detector is not None and knob in self.OUTLIER_KNOBS:
            setattr(self.detector, self.OUTLIER_KNOBS[knob], value)
        elif knob == "slow_start_s":
            self.pool.slow_start_s = float(value)
        elif knob == "panic_threshold" and self._panics:
            self.pool.panic_threshold = float(value)


def watch(arm: str, world: World, settings: Settings, servers: Sequence[Server], probe: Probe, told: Told) -> Watch:
    """The arm's own."""
    if arm == "remove-for-good":
        return Removing(world, settings, servers, probe, told)
    passive = arm in ("outlier-ejection", "combined")
    panics = arm in ("panic-threshold", "combined")
    return Healthy(world, settings, servers, probe, told, active=arm != "outlier-ejection", passive=passive, panics=panics)
