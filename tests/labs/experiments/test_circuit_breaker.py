"""The lab against theory, and each claim that its page makes, over several seeds."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from labs.experiments.catalogue import get
from labs.experiments.contract import Metrics
from labs.experiments.events import FEW_DRAWS, Finished, Mark, Prediction, Sample
from labs.experiments.simulate import simulate
from labs.experiments.simulated_service import SimulatedService
from labs.experiments.spec import Change
from labs.experiments.world import Request
from labs.measurement.statistics import mean_interval
from tests.labs.experiments.reading import assert_declared, end, every_knob_turned, number, played

LAB = get("circuit-breaker")
SEEDS = range(1, 6)
FEW_SEEDS = range(1, 4)
STEADY = {"outage": "none", "slow_rate": 0.0, "client_error_rate": 0.0}
PROMPT = {**STEADY, "service_mean_s": 0.001, "rate_rps": 10.0, "open_s": 2.0, "slots": 10}


def finished(parameters: Mapping[str, Any], arms: tuple[str, ...], seed: int = 1, duration_s: float = 120.0) -> Finished:
    return end(played(LAB, parameters, arms, seed, duration_s))


def metrics(parameters: Mapping[str, Any], arms: tuple[str, ...], seed: int = 1) -> Mapping[str, Metrics]:
    return finished(parameters, arms, seed).metrics


def compared(
    parameters: Mapping[str, Any], arm: str, duration_s: float, seeds: range = SEEDS
) -> dict[str, tuple[Prediction, Any]]:
    """Theory's value of each metric beside the interval of the measured mean over the seeds."""
    ends = [finished(parameters, (arm,), seed, duration_s) for seed in seeds]
    return {
        said.metric: (said, mean_interval([number(end.metrics[arm], said.metric) for end in ends], confidence=0.999))
        for said in ends[0].theory[arm]
        if said.value is not None
    }


@pytest.mark.parametrize(
    "chosen",
    [
        {"failure_rate": 0.5, "consecutive_failures": 3},
        {"failure_rate": 0.7, "consecutive_failures": 5},
        {"failure_rate": 0.3, "consecutive_failures": 2, "open_s": 5.0},
    ],
)
def test_the_naive_breaker_keeps_to_the_theory_of_runs(chosen: dict[str, Any]) -> None:
    found = compared({**PROMPT, **chosen}, "consecutive", 1200.0)
    assert set(found) == {"calls_to_open", "allowed_share", "open_share", "half_open_share"}
    for name, (said, interval) in found.items():
        if name != "half_open_share":
            assert interval.low <= said.value <= interval.high, name
            assert interval.mean == pytest.approx(said.value, rel=0.1), name


@pytest.mark.parametrize(
    "chosen",
    [
        {"failure_rate": 0.6, "minimum_calls": 5, "window_s": 60.0, "success_threshold": 1},
        {"failure_rate": 0.5, "failure_threshold": 0.4, "minimum_calls": 10, "window_s": 60.0, "success_threshold": 2},
        {"failure_rate": 0.7, "minimum_calls": 20, "window_s": 60.0, "success_threshold": 1, "open_s": 5.0},
    ],
)
def test_the_windowed_breaker_keeps_to_the_theory_of_walks_and_cycles(chosen: dict[str, Any]) -> None:
    found = compared({**PROMPT, **chosen}, "windowed", 1200.0)
    assert set(found) == {"calls_to_open", "allowed_share", "open_share", "half_open_share"}
    for name, (said, interval) in found.items():
        if name != "half_open_share":
            assert interval.low <= said.value <= interval.high, name
            assert interval.mean == pytest.approx(said.value, rel=0.1), name


@pytest.mark.parametrize("chosen", [{}, {"rate_rps": 60.0, "outage_s": 50.0}, {"outage": "errors", "outage_failure_rate": 0.3}])
def test_without_a_breaker_errors_load_and_held_callers_follow_from_shares_of_time(chosen: dict[str, Any]) -> None:
    found = compared(chosen, "none", 120.0)
    assert set(found) == {"error_rate", "utilization", "mean_s", "callers_waiting"}
    for name, (said, interval) in found.items():
        assert interval.low <= said.value <= interval.high, name
        assert interval.mean == pytest.approx(said.value, rel=0.03), name


def test_a_queue_in_front_of_busy_slots_is_that_of_erlang() -> None:
    found = compared({**STEADY, "failure_rate": 0.0, "slots": 8, "timeout_s": 60.0, "rate_rps": 128.0}, "none", 300.0)
    said, interval = found["mean_s"]
    assert said.value == pytest.approx(0.0643, abs=1e-4)
    assert interval.low <= said.value <= interval.high


def test_theory_is_silent_and_says_why_where_its_assumptions_fail() -> None:
    end = finished({"slots": 8}, ("none", "consecutive", "windowed"))
    for predictions in end.theory.values():
        for said in predictions:
            assert said.value is None
            assert said.why_not
            assert said.deviation is None


ERRORS: dict[str, Any] = {"outage": "errors", "slow_rate": 0.0}
SHORT: dict[str, Any] = {**ERRORS, "outage_start_s": 11.0, "outage_s": 6.0}


@pytest.mark.parametrize(
    "chosen",
    [
        {**SHORT, "outage_failure_rate": 1.0},
        {**SHORT, "outage_failure_rate": 0.7, "consecutive_failures": 3},
        {**SHORT, "outage_failure_rate": 0.8, "rate_rps": 50.0, "slow_rate": 0.2, "slow_s": 0.3},
    ],
)
def test_the_naive_breaker_opens_when_the_calls_under_way_have_come_back(chosen: dict[str, Any]) -> None:
    found = compared(chosen, "consecutive", 18.0, range(1, 41))
    assert set(found) == {"time_to_open_s"}
    said, interval = found["time_to_open_s"]
    assert interval.low <= said.value <= interval.high
    assert interval.mean == pytest.approx(said.value, rel=0.25)
    assert "a run shows one" in said.assumes


def test_calls_under_way_at_the_outage_silence_a_mean_that_knows_nothing_of_them() -> None:
    """About twelve calls instead of five: those that were under way still succeed."""
    spec = LAB.spec(parameters={**ERRORS, "outage_failure_rate": 1.0})
    said = {one.metric: one for one in LAB.theory("consecutive", spec)}
    assert said["calls_to_open"].value is None
    assert "under way when the outage began" in said["calls_to_open"].why_not


def test_where_no_call_is_under_way_a_service_that_always_fails_opens_it_at_the_threshold() -> None:
    quick = {**ERRORS, "outage_failure_rate": 1.0, "service_mean_s": 0.002, "rate_rps": 30.0}
    end = finished(quick, ("consecutive",))
    said = {one.metric: one for one in end.theory["consecutive"]}
    assert said["calls_to_open"].value == said["calls_to_open"].measured == 5.0
    assert said["calls_to_open"].draws is not None
    assert said["calls_to_open"].draws < FEW_DRAWS
    assert said["calls_to_open"].deviation is None


def test_with_many_openings_the_first_weighs_little() -> None:
    said, interval = compared({}, "consecutive", 120.0)["calls_to_open"]
    assert interval.low <= said.value <= interval.high
    assert interval.mean == pytest.approx(said.value, rel=0.1)


@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {**ERRORS, "outage_failure_rate": 0.9, "window_s": 15.0, "rate_rps": 300.0, "slots": 60},
        {**ERRORS, "outage_failure_rate": 1.0, "service_mean_s": 0.005, "window_s": 10.0},
    ],
)
def test_the_windowed_breaker_opens_when_its_window_has_filled_with_failures(chosen: dict[str, Any]) -> None:
    said, interval = compared(chosen, "windowed", 80.0)["time_to_open_s"]
    assert interval.mean == pytest.approx(said.value, rel=0.1)
    assert "sooner" in said.assumes


@pytest.mark.parametrize(
    ("arm", "metric", "chosen", "reason"),
    [
        ("windowed", "time_to_open_s", {"outage_start_s": 5.0}, "not full"),
        ("windowed", "time_to_open_s", {"rate_rps": 10.0}, "chance"),
        ("windowed", "time_to_open_s", {"minimum_calls": 500}, "minimum number"),
        ("windowed", "time_to_open_s", {"minimum_calls": 1}, "few ordinary calls"),
        ("windowed", "time_to_open_s", {"outage_slow_rate": 0.9}, "slow calls"),
        ("windowed", "time_to_open_s", {"outage_failure_rate": 0.4}, "below the threshold"),
        ("windowed", "time_to_open_s", {"outage_s": 3.0}, "over before"),
        ("windowed", "calls_to_open", {"outage": "none", "failure_rate": 0.9}, "under way"),
        ("consecutive", "calls_to_open", {"failure_rate": 0.5}, "outside of the outage"),
        ("consecutive", "calls_to_open", {"outage_start_s": 5.0}, "before anything is measured"),
        ("consecutive", "calls_to_open", {"outage_s": 1.0}, "too seldom"),
        ("consecutive", "time_to_open_s", {"outage_s": 1.0}, "does not open at all"),
        ("none", "error_rate", {"outage_start_s": 5.0, "outage_s": 5.0, "slow_rate": 0.3}, "cross the border"),
        ("none", "mean_s", {"outage": "none", "slow_rate": 0.2, "slow_s": 0.5, "slots": 22}, "far from exponential"),
    ],
)
def test_theory_says_which_of_its_assumptions_fails(arm: str, metric: str, chosen: dict[str, Any], reason: str) -> None:
    said = next(one for one in LAB.theory(arm, LAB.spec(parameters=chosen)) if one.metric == metric)
    assert said.value is None
    assert reason in said.why_not


def test_theory_is_silent_when_the_run_was_changed_on_its_way() -> None:
    spec = LAB.spec(changes=[Change(50.0, "do", "heal")], duration_s=60.0)
    end = list(simulate(spec))[-1]
    assert isinstance(end, Finished)
    assert all(said.value is None and "changed" in said.why_not for said in end.theory["none"])


# What the page claims


@cache
def default_run(seed: int) -> Mapping[str, Metrics]:
    return metrics({}, LAB.default_arms, seed)


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_the_windowed_breaker_spares_the_callee_and_frees_the_caller(seed: int) -> None:
    found = default_run(seed)
    assert number(found["windowed"], "callee_rps") < 0.85 * number(found["none"], "callee_rps")
    assert number(found["windowed"], "callers_waiting") < 0.5 * number(found["none"], "callers_waiting")
    assert number(found["windowed"], "p95_s") < 0.5 * number(found["none"], "p95_s")


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_late_successes_keep_the_naive_breaker_from_staying_open(seed: int) -> None:
    found = default_run(seed)
    assert number(found["consecutive"], "openings") > 50
    assert number(found["consecutive"], "open_share") < 0.06
    assert number(found["windowed"], "openings") <= 7
    assert number(found["windowed"], "open_share") > 0.2


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_only_a_fallback_spares_the_user(seed: int) -> None:
    found = default_run(seed)
    assert number(found["windowed"], "error_rate") > number(found["none"], "error_rate") > 0.1
    assert number(found["windowed+fallback"], "error_rate") < 0.02
    assert number(found["windowed+fallback"], "fallback_share") > 0.2


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_a_timeout_that_does_not_cancel_leaves_the_house_serving_ghosts(seed: int) -> None:
    scene = next(scene for scene in LAB.scenes if scene.id == "work-on")
    with_cancel = metrics(scene.parameters, ("none",), seed)["none"]
    without = metrics({**scene.parameters, "cancel": False}, ("none", "windowed"), seed)
    assert number(with_cancel, "recovery_s") < 5.0
    assert number(without["none"], "recovery_s") > 20.0
    assert number(without["none"], "wasted_share") > 0.3
    assert number(without["windowed"], "recovery_s") < 6.0


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_counting_4xx_cuts_off_a_service_that_did_nothing_wrong(seed: int) -> None:
    scene = next(scene for scene in LAB.scenes if scene.id == "whose-fault")
    right = metrics({**scene.parameters, "count_4xx": False}, scene.arms, seed)
    wrong = metrics({**scene.parameters, "count_4xx": True}, scene.arms, seed)
    for arm in scene.arms:
        assert right[arm]["openings"] == 0
        assert number(right[arm], "error_rate") < 0.001
        assert number(wrong[arm], "error_rate") > 0.5


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_a_timeout_around_the_breaker_hides_a_service_that_hangs(seed: int) -> None:
    hanging = {**STEADY, "failure_rate": 0.0, "slow_rate": 0.9, "slow_s": 10.0, "rate_rps": 30.0}
    for place, opens in (("inside", True), ("around", False)):
        found = metrics({**hanging, "timeout_place": place}, ("consecutive", "windowed"), seed)
        for values in found.values():
            assert (number(values, "openings") > 0) is opens
            assert number(values, "error_rate") > 0.85
    assert number(found["windowed"], "callers_waiting") > 20.0


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_a_longer_window_takes_longer_to_open(seed: int) -> None:
    short, long = (metrics({"window_s": window_s}, ("windowed",), seed)["windowed"] for window_s in (5.0, 20.0))
    assert number(long, "time_to_open_s") > 2.0 * number(short, "time_to_open_s")


def test_half_open_trials_are_bounded_by_the_permits() -> None:
    """One permit and three successes to close: no bin has more trials than the service can answer one after the other."""
    spec = LAB.spec(
        parameters={"half_open_permits": 1, "failure_rate": 1.0, "outage": "none"}, arms=["windowed"], duration_s=60.0
    )
    allowed = [event.values["allowed_rps"] or 0.0 for event in simulate(spec) if isinstance(event, Sample) and event.t > 5.0]
    assert max(allowed) == 2.0, "one trial in a bin of half a second"


def test_a_refused_call_is_told_from_a_failed_one_by_what_was_sent_not_by_the_words_of_the_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def unreachable(self: SimulatedService, request: Request) -> int:
        raise ConnectionError("the circuit is open, could not open a socket")

    monkeypatch.setattr(SimulatedService, "call", unreachable)
    spec = LAB.spec(parameters={"consecutive_failures": 100, "open_s": 120.0}, arms=["consecutive"], duration_s=20.0)
    flows = [event.flows for event in simulate(spec) if isinstance(event, Sample)]
    assert sum(flow["call"].failed for flow in flows) == 100
    assert sum(flow["request"].failed for flow in flows) == 100
    assert sum(flow["request"].rejected for flow in flows) > 1000


# The declaration


def test_a_run_ends_with_a_sentence_made_of_its_numbers() -> None:
    end = finished({}, ("none", "windowed+fallback"))
    assert f"{end.metrics['none']['error_rate']:.1%}" in end.sentence
    assert "Windowed breaker, fallback" in end.sentence


def test_every_metric_series_state_and_status_said_is_declared() -> None:
    assert_declared(LAB, played(LAB, {}, [arm.name for arm in LAB.arms], duration_s=60.0))


def test_requests_that_come_are_those_that_end() -> None:
    spec = LAB.spec(duration_s=60.0)
    flows: dict[str, int] = dict.fromkeys(spec.arms, 0)
    for event in simulate(spec):
        if isinstance(event, Sample):
            flow = event.flows["request"]
            flows[event.arm] += flow.ok + flow.slow + flow.failed + flow.rejected + flow.timed_out
        if isinstance(event, Finished):
            still_inside = max(event.requests // len(spec.arms) - ended for ended in flows.values())
            assert 0 <= still_inside < 100


def test_a_share_is_never_more_than_all_even_where_answers_come_long_after_their_questions() -> None:
    late: dict[str, Any] = {"cancel": False, "slots": 8, "outage": "slow", "outage_slow_rate": 0.6, "slow_s": 2.0}
    shares = [name for name in (series.name for series in LAB.series) if name.endswith("_share")]
    for event in simulate(LAB.spec(parameters=late, arms=[arm.name for arm in LAB.arms], duration_s=70.0)):
        if isinstance(event, Sample):
            assert all(0.0 <= (event.values[name] or 0.0) <= 1.0 for name in shares)
        if isinstance(event, Finished):
            measured = [metric.name for metric in LAB.metrics if metric.name.endswith(("_share", "_rate"))]
            assert all(0.0 <= (values[name] or 0.0) <= 1.0 for values in event.metrics.values() for name in measured)


def test_an_outage_that_is_healed_by_hand_has_ended() -> None:
    """The time until users are served again counts from there."""
    spec = LAB.spec(changes=[Change(50.0, "do", "heal")], arms=["none"], duration_s=60.0)
    end = list(simulate(spec))[-1]
    assert isinstance(end, Finished)
    assert number(end.metrics["none"], "recovery_s") < 2.0


def test_goals_tick_off_by_themselves() -> None:
    story = [
        Change(68.0, "set", "failure_rate", 0.5),
        Change(90.0, "set", "failure_rate", 0.0),
        Change(130.0, "do", "break"),
        Change(175.0, "do", "heal"),
        Change(185.0, "set", "client_error_rate", 0.9),
        Change(185.0, "set", "count_4xx", True),
        Change(215.0, "set", "rate_rps", 500.0),
        Change(215.0, "do", "slow"),
    ]
    said = list(simulate(LAB.spec(changes=story, duration_s=220.0)))
    end = said[-1]
    assert isinstance(end, Finished)
    assert set(end.goals) == {goal.id for goal in LAB.goals}
    marks = [event.value for event in said if isinstance(event, Mark) and event.kind == "goal"]
    assert marks == list(end.goals)


def test_every_knob_can_be_turned_while_it_plays() -> None:
    end(played(LAB, {}, [arm.name for arm in LAB.arms], duration_s=30.0, changes=every_knob_turned(LAB)))
