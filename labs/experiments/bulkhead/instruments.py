"""What is measured in one arm of the bulkhead lab, over all calls and for each dependency. It acts on nothing."""

from collections import deque
from collections.abc import Mapping

from labs.experiments.bulkhead.pools import Call
from labs.experiments.bulkhead.sizing import NAMES
from labs.experiments.callers import Callers, ratio
from labs.experiments.contract import Metrics
from labs.experiments.events import Flow
from labs.experiments.world import World

FAILING = 0.2
RECENT_BINS = 6
"""Callers of whom more than this share got no useful answer in the last bins are not well; one bin alone shows mere chance."""


class OfDependency:
    """The calls to one dependency."""

    def __init__(self, world: World, slow_s: float) -> None:
        recorder = world.recorder
        self.callers = Callers(world, slow_s)
        self.busy, self.in_line = recorder.level(), recorder.level()
        self.wait = recorder.samples()
        self.answered = recorder.outcomes()
        self.ended, self.rejected = recorder.counter(), recorder.counter()

        self._recent: deque[tuple[float, float]] = deque(maxlen=RECENT_BINS)

    @property
    def failing(self) -> bool:
        ended = sum(all_of_them for _failed, all_of_them in self._recent)
        return sum(failed for failed, _all_of_them in self._recent) > FAILING * ended

    def bin_ended(self) -> None:
        flow = self.callers.flow()
        self._recent.append((flow.failed + flow.rejected + flow.timed_out, self.ended.last))


class Instruments:
    """Fed by the system while it works."""

    def __init__(self, world: World, slow_s: float) -> None:
        self._world = world
        recorder = self._recorder = world.recorder
        self.all = Callers(world, slow_s)
        self.of: Mapping[str, OfDependency] = {name: OfDependency(world, slow_s) for name in NAMES}
        self.to_healthy, self.healthy_failed = recorder.counter(), recorder.counter()
        self.beside_free = recorder.counter()
        self.slots = recorder.level()
        self._under_way: dict[int, Call] = {}
        self._longest_held_s = 0.0

    def patience(self, slow_s: float) -> None:
        """From now on an answer is slow from so many seconds on."""
        for callers in (self.all, *(one.callers for one in self.of.values())):
            callers.slow_s = slow_s

    # A call's way

    def began(self, call: Call) -> None:
        self.all.began()
        one = self.of[call.name]
        one.callers.began()
        one.in_line.add(1)
        self._under_way[call.request.number] = call

    def work_began(self, call: Call) -> None:
        """A slot was found. The caller may have left by then, in this very instant."""
        one = self.of[call.name]
        call.working = True
        if not call.left:
            one.in_line.add(-1)
        one.busy.add(1)
        one.wait.record(self._world.now_s() - call.began_s)
        if call.request.traced:
            self._world.span(call.request, "line", call.began_s, "ok", "request")

    def work_ended(self, call: Call, began_s: float, outcome: str) -> None:
        one = self.of[call.name]
        one.busy.add(-1)
        one.answered.count(outcome)
        if call.request.traced:
            self._world.span(call.request, "call", began_s, outcome, "request")

    def ended(self, call: Call, outcome: str, beside_free: bool) -> None:
        """`beside_free`: it was turned away while another compartment had a slot to spare. The price of the walls: counted only
        for calls to healthy dependencies, since for the others that is what the walls are there for."""
        one, call.left = self.of[call.name], True
        if not call.working:
            one.in_line.add(-1)
        one.ended.bin += 1
        one.rejected.bin += outcome == "rejected"
        self.beside_free.bin += call.healthy and beside_free
        self.all.ended(call.began_s, outcome)
        one.callers.ended(call.began_s, outcome)
        self.to_healthy.bin += call.healthy
        self.healthy_failed.bin += call.healthy and outcome != "ok"
        del self._under_way[call.request.number]
        self._held(call)
        if call.request.traced:
            self._world.span(call.request, "request", call.began_s, outcome)

    def _held(self, call: Call) -> None:
        if self._world.now_s() >= self._world.warm_up_s:
            self._longest_held_s = max(self._longest_held_s, self._world.now_s() - call.began_s)

    # What comes of it

    def values(self) -> dict[str, float | None]:
        """The series over the bin that just ended."""
        said = self.all.values()
        values = {"goodput_rps": said["goodput_rps"], "waiting": said["waiting"]}
        values["healthy_error_rate"] = ratio(self.healthy_failed.last, self.to_healthy.last)
        for name, one in self.of.items():
            one.bin_ended()
            values[f"{name}_rejected_rate"] = ratio(one.rejected.last, one.ended.last)
            values[f"{name}_p95_s"] = one.callers.values()["p95_s"]
            values[f"{name}_busy"], values[f"{name}_queued"] = one.busy.last, one.in_line.last
        return values

    def flows(self) -> dict[str, Flow]:
        asked = {f"ask-{name}": one.callers.flow() for name, one in self.of.items()}
        return asked | {f"call-{name}": Flow(*one.answered.last) for name, one in self.of.items()}

    def metrics(self) -> Metrics:
        for call in self._under_way.values():
            self._held(call)
        busy = sum(one.busy.mean or 0.0 for one in self.of.values())
        found = self.all.metrics()
        found["healthy_error_rate"] = ratio(self.healthy_failed.total, self.to_healthy.total)
        found["beside_free_rate"] = ratio(self.beside_free.total, self.to_healthy.total)
        found["longest_held_s"] = self._longest_held_s if self._recorder.measured_s else None
        found["slots"], found["utilization"] = self.slots.mean, ratio(busy, self.slots.mean or 0.0)
        for name, one in self.of.items():
            found |= self._metrics_of(name, one)
        return found

    def _metrics_of(self, name: str, one: OfDependency) -> dict[str, float | None]:
        said = one.callers.metrics()
        return {
            f"{name}_error_rate": said["error_rate"],
            f"{name}_rejected_rate": said["rejected_rate"],
            f"{name}_p95_s": said["p95_s"],
            f"{name}_mean_wait_s": one.wait.mean,
            f"{name}_busy": one.busy.mean,
            f"{name}_queued": one.in_line.mean,
        }
