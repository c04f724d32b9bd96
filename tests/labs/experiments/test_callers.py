import pytest

from labs.experiments.callers import CALLER_METRICS, CALLER_SERIES, Callers
from labs.experiments.comparison import ranked
from labs.experiments.events import Flow
from labs.experiments.settings import Settings
from labs.experiments.simulated_world import SimulatedWorld
from tests.labs.experiments.test_world import play


def test_counts_useful_slow_rejected_and_late_callers_apart() -> None:
    seen: list[Callers] = []

    async def scene(world: SimulatedWorld) -> None:
        callers = Callers(world, slow_s=2.0)
        seen.append(callers)
        for wait_s, outcome in ((1.0, "ok"), (3.0, "ok"), (4.0, "timed_out"), (0.0, "rejected"), (1.0, "failed")):
            began_s = callers.began()
            await world.sleep(wait_s)
            callers.ended(began_s, outcome)
        await world.sleep(1.0)
        world.recorder.close_bin()

    play(scene, duration_s=10.0)
    callers = seen[0]
    values, metrics = callers.values(), callers.metrics()
    assert callers.flow() == Flow(ok=1, slow=1, failed=1, rejected=1, timed_out=1)
    assert values["goodput_rps"] == pytest.approx(0.2)
    assert values["error_share"] == pytest.approx(0.6)
    assert values["waiting"] == pytest.approx(0.9)
    assert metrics["rejected_rate"] == metrics["timeout_rate"] == pytest.approx(0.2)
    assert metrics["mean_s"] == pytest.approx(9.0 / 4.0)
    assert set(values) == set(CALLER_SERIES)
    assert set(metrics) == set(CALLER_METRICS)


def test_where_nothing_ended_there_is_no_share() -> None:
    seen: list[Callers] = []

    async def scene(world: SimulatedWorld) -> None:
        seen.append(Callers(world))
        await world.sleep(1.0)
        world.recorder.close_bin()

    play(scene, duration_s=2.0)
    assert seen[0].values()["error_share"] is None
    assert seen[0].metrics()["error_rate"] is None
    assert seen[0].metrics()["p99_s"] is None


def test_arms_are_ranked_by_what_they_have() -> None:
    assert ranked({"a": {"x": 2.0}, "b": {"x": None}, "c": {"x": 1.0}}, "x") == [("c", 1.0), ("a", 2.0)]


def test_settings_turn_and_say_their_kind() -> None:
    settings = Settings({"rate_rps": 5, "on": True, "mode": "a"})
    settings.turn("rate_rps", 7.5)
    assert (settings.number("rate_rps"), settings.whole("rate_rps")) == (7.5, 7)
    assert (settings.flag("on"), settings.choice("mode")) == (True, "a")
