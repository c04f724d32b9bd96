"""The retry-storm lab at work: one arm, in the storm or in the race."""

from collections.abc import Mapping

from labs.experiments.contract import Metrics, System, Values
from labs.experiments.events import Flow, NodeState, Scalar
from labs.experiments.retry_storm.instruments import Instruments
from labs.experiments.retry_storm.race import Race
from labs.experiments.retry_storm.settings import RetrySettings
from labs.experiments.retry_storm.storm import Storm
from labs.experiments.world import World

CALLERS = ("calm", "retrying", "storm")
LOW = 5.0
"""So few retries left in the budget are a warning."""


class RetrySystem(System):
    """`arm` is the name of a policy, see `policies`."""

    def __init__(self, world: World, arm: str, parameters: Values) -> None:
        self._settings = RetrySettings(parameters)
        self._instruments = Instruments(world, self._settings)
        self._play = (Race if self._settings.race else Storm)(world, arm, self._settings, self._instruments)

    async def run(self) -> None:
        await self._play.run()

    def set(self, knob: str, value: Scalar) -> None:
        self._settings.turn(knob, value)
        self._play.turn(knob, value)

    def do(self, action: str, target: str) -> None:
        self._play.do(action)

    # What is seen

    def values(self) -> Mapping[str, float | None]:
        self._instruments.close_bin(self._play.down)
        self._play.close_bin()
        return {**self._instruments.values(), **self._play.values()}

    def rows(self) -> Mapping[str, tuple[float | None, ...]]:
        spectrum = self._instruments.spectrum
        return {"spectrum": spectrum.rows, "orders": spectrum.order_rows}

    def flows(self) -> Mapping[str, Flow]:
        return self._instruments.flows()

    def nodes(self) -> Mapping[str, NodeState]:
        members, waiting = self._play.members(), self._instruments.callers.waiting
        worst = max((member.status for member in members), key=CALLERS.index)
        backing_off = sum(member.queued for member in members)
        return {
            "client": NodeState("waiting" if waiting > 2 * self._settings.whole("slots") else "calm", waiting),
            "layers": NodeState(worst, 0, backing_off, members),
            "service": self._play.service_node(),
            "budget": NodeState(self._budget_status()),
        }

    def _budget_status(self) -> str:
        left = self._play.budget_left
        if left is None:
            return "absent"
        return "spent" if left < 1.0 else "low" if left < LOW else "in credit"

    def metrics(self) -> Metrics:
        return {**self._instruments.metrics(), **self._play.metrics()}

    def intervals(self) -> Mapping[str, tuple[float, float]]:
        steady = not self._settings.race and not self._settings.number("outage_s") and not self._settings.number("herd_every_s")
        return self._instruments.intervals() if steady else {}
