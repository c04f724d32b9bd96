"""The lab against theory, and each claim that its page makes, over several seeds."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pytest

from labs.experiments.catalogue import get
from labs.experiments.contract import Metrics
from labs.experiments.deadline_chain.theory import too_long
from labs.experiments.events import Event, Finished, Mark, Sample, Span, encode
from labs.experiments.settings import Settings
from labs.experiments.spec import Change
from tests.labs.experiments.reading import assert_declared, end, every_knob_turned, number, played
from tests.labs.experiments.witness import assert_witnessed, theory

SLUG = "deadline-chain"
LAB = get(SLUG)
SEEDS = pytest.mark.parametrize("seed", [1, 2])
STEADY: dict[str, Any] = {"slowness": "none"}
ROOMY: dict[str, Any] = {**STEADY, "workers": 20, "network_s": 0.0, "patience_s": 0.4}
EVERY_HOP = ("gateway_in_flight", "a_in_flight", "b_in_flight", "c_in_flight")


def events(parameters: Mapping[str, Any], changes: Sequence[Change] = (), **options: Any) -> list[Event]:
    return played(LAB, parameters, changes=changes, **options)


def finished(parameters: Mapping[str, Any], changes: Sequence[Change] = (), **options: Any) -> Finished:
    return end(events(parameters, changes, **options))


def scene(name: str) -> Any:
    return next(scene for scene in LAB.scenes if scene.id == name)


@cache
def default_run(seed: int) -> Finished:
    """Long enough for the slowness and what comes after it."""
    return finished({}, seed=seed, duration_s=60.0)


# Theory


@pytest.mark.parametrize(
    ("arm", "chosen"),
    [
        ("no-timeouts", {}),
        ("same-timeout-everywhere", {"timeout_s": 0.4, "attempts": 1}),
        ("same-timeout-everywhere", {"timeout_s": 0.9, "patience_s": 0.6, "mean_b_s": 0.15, "attempts": 1}),
    ],
)
def test_late_answers_and_work_for_nobody_are_the_tail_of_four_stages(arm: str, chosen: dict[str, Any]) -> None:
    assert_witnessed(SLUG, arm, {**ROOMY, **chosen}, "wasted_share", "timeout_rate", seeds=range(1, 9), duration_s=30.0)


@pytest.mark.parametrize(
    ("failure_rate", "attempts"), [(0.5, 2), (0.8, 2), (0.3, 3)], ids=["half, twice", "most, twice", "few, three times"]
)
def test_retries_of_three_layers_multiply(failure_rate: float, attempts: int) -> None:
    chosen = {**STEADY, "failure_rate": failure_rate, "attempts": attempts, "rate_rps": 4.0, "workers": 20, "mean_c_s": 0.05}
    assert_witnessed(SLUG, "no-timeouts", chosen, "c_calls_per_request", seeds=range(1, 9), duration_s=30.0)


def test_an_error_takes_the_way_back_as_an_answer_does() -> None:
    chosen = {**STEADY, "failure_rate": 1.0, "attempts": 1, "network_s": 0.3}
    assert_witnessed(SLUG, "no-timeouts", chosen, "gateway_in_flight", "b_in_flight", seeds=range(1, 9), duration_s=20.0)


@pytest.mark.parametrize("chosen", [{}, {"workers": 5, "mean_b_s": 0.2}, {"rate_rps": 6.0, "network_s": 0.05, "workers": 3}])
def test_a_row_of_hops_is_a_row_of_m_m_c_queues(chosen: dict[str, Any]) -> None:
    assert_witnessed(SLUG, "no-timeouts", {**STEADY, **chosen}, *EVERY_HOP, seeds=range(1, 9), duration_s=30.0)


def test_where_a_deadline_travels_nobody_works_for_nobody() -> None:
    said = theory(SLUG, "deadline-propagated", {})["wasted_share"]
    assert said.value == 0.0
    for seed in (1, 2):
        assert number(default_run(seed).metrics["deadline-propagated"], "wasted_share") < 1e-9


@pytest.mark.parametrize(
    ("arm", "metric", "chosen", "reason"),
    [
        ("no-timeouts", "wasted_share", {}, "C is slow"),
        ("no-timeouts", "wasted_share", STEADY, "wait for workers"),
        ("no-timeouts", "wasted_share", {**ROOMY, "service_cv": 0.5}, "not exponential"),
        ("no-timeouts", "wasted_share", {**ROOMY, "calls": 2}, "more than once"),
        ("no-timeouts", "timeout_rate", {**ROOMY, "network_s": 0.1}, "network"),
        ("no-timeouts", "timeout_rate", {**ROOMY, "failure_rate": 0.1, "attempts": 1}, "fail"),
        ("no-timeouts", "c_calls_per_request", {**STEADY, "failure_rate": 0.9}, "more to do"),
        (
            "no-timeouts",
            "c_calls_per_request",
            {**STEADY, "failure_rate": 0.7, "mean_b_s": 0.25, "mean_c_s": 0.01},
            "more to do",
        ),
        ("no-timeouts", "c_in_flight", {**STEADY, "rate_rps": 30.0}, "without end"),
        ("same-timeout-everywhere", "wasted_share", {**ROOMY, "timeout_s": 0.4}, "repeated"),
        ("shrinking", "c_in_flight", {**STEADY, "timeout_b_s": 0.3}, "limits"),
        ("deadline-propagated", "wasted_share", {"network_s": 0.1}, "less is deducted"),
        ("no-timeouts", "c_calls_per_request", {**STEADY, "queue_limit": 0}, "full"),
        ("no-timeouts", "gateway_in_flight", {**STEADY, "queue_limit": 1}, "full"),
        ("no-timeouts", "c_in_flight", {"slow_start_s": 0.0, "slow_for_s": 9.0, "slowdown": 50.0}, "C is slow"),
        ("shrinking", "c_calls_per_request", {**STEADY, "network_s": 0.8, "mean_c_s": 0.02}, "limits"),
        ("shrinking", "gateway_in_flight", {**STEADY, "network_s": 0.8, "mean_c_s": 0.02}, "limits"),
        ("shrinking", "c_calls_per_request", {**STEADY, "service_cv": 5.0, "mean_c_s": 0.02}, "limits"),
    ],
)
def test_theory_says_which_of_its_assumptions_fails(arm: str, metric: str, chosen: dict[str, Any], reason: str) -> None:
    said = theory(SLUG, arm, chosen)[metric]
    assert said.value is None
    assert reason in said.why_not


def test_the_hop_rule_is_about_sums() -> None:
    defaults = {knob.name: knob.default for knob in LAB.knobs}
    assert too_long(Settings({**defaults, "attempts": 1})) == []
    assert [name for name, _longest, _allowed in too_long(Settings(defaults))] == ["gateway", "a"]
    assert [name for name, _longest, _allowed in too_long(Settings({**defaults, "attempts": 1, "calls": 3}))] == ["a"]


# What the page claims


@SEEDS
def test_the_rule_of_thumb_collapses_and_a_deadline_recovers(seed: int) -> None:
    found = default_run(seed).metrics
    for arm in ("same-timeout-everywhere", "shrinking"):
        assert number(found[arm], "error_rate") > 0.4
        assert number(found[arm], "wasted_share") > 0.35
        assert found[arm]["recovery_s"] is None
        assert number(found[arm], "c_calls_per_request") > 4.0
    assert number(found["deadline-propagated"], "error_rate") < 0.2
    assert number(found["deadline-propagated"], "recovery_s") < 6.0
    assert number(found["no-timeouts"], "recovery_s") > number(found["deadline-propagated"], "recovery_s")


@SEEDS
def test_shorter_than_the_callers_is_not_enough_until_giving_up_is_passed_on(seed: int) -> None:
    deaf, told = (
        finished({**scene("rule").parameters, "cancel": cancel, "slow_start_s": 20.0}, seed=seed, duration_s=55.0).metrics
        for cancel in (False, True)
    )
    assert number(deaf["shrinking"], "error_rate") > 1.5 * number(deaf["no-timeouts"], "error_rate")
    assert number(deaf["shrinking"], "wasted_share") > 0.2
    assert number(told["shrinking"], "wasted_share") < 1e-9
    assert number(told["shrinking"], "recovery_s") < 5.0
    assert deaf["deadline-propagated"] == pytest.approx(told["deadline-propagated"], rel=0.05, abs=0.1)


@SEEDS
def test_one_attempt_makes_the_same_timeout_everywhere_as_bad_as_none(seed: int) -> None:
    found = finished(
        {"attempts": 1, "timeout_s": 6.0}, arms=["no-timeouts", "same-timeout-everywhere"], seed=seed, duration_s=60.0
    ).metrics
    none, same = found["no-timeouts"], found["same-timeout-everywhere"]
    assert number(none, "error_rate") == pytest.approx(number(same, "error_rate"), abs=0.005)
    assert number(none, "wasted_share") == pytest.approx(number(same, "wasted_share"), abs=0.01)


@SEEDS
def test_ghosts_outlive_the_slowness(seed: int) -> None:
    changes = [Change(15.0, "do", "slow", None, "c"), Change(35.0, "do", "recover", None, "c")]
    found = finished(scene("ghosts").parameters, changes, arms=scene("ghosts").arms, seed=seed, duration_s=60.0).metrics
    assert number(found["no-timeouts"], "longest_after_s") > 5.0
    assert number(found["no-timeouts"], "recovery_s") > number(found["deadline-propagated"], "recovery_s") + 5.0


@SEEDS
def test_more_calls_in_a_row_outgrow_limits_that_each_look_right(seed: int) -> None:
    one, three = (
        finished({**scene("sum").parameters, "calls": calls, "slow_start_s": 12.0}, seed=seed, duration_s=55.0).metrics
        for calls in (1, 3)
    )
    assert number(three["shrinking"], "longest_after_s") > number(one["shrinking"], "longest_after_s")
    assert number(three["shrinking"], "wasted_share") > 0.2
    assert number(three["deadline-propagated"], "wasted_share") < 1e-9
    assert number(three["shrinking"], "error_rate") > number(one["shrinking"], "error_rate")


def test_attempts_of_three_layers_make_one_eight_twenty_seven() -> None:
    for attempts in (1, 2, 3):
        chosen = {**STEADY, "failure_rate": 1.0, "attempts": attempts, "rate_rps": 1.0, "workers": 50, "backoff_s": 0.0}
        found = finished({**chosen, "mean_c_s": 0.02}, arms=["no-timeouts"], duration_s=40.0).metrics["no-timeouts"]
        assert number(found, "c_calls_per_request") == pytest.approx(attempts**3, rel=0.05)
        assert found["error_rate"] == 1.0


@SEEDS
def test_a_deadline_that_is_late_by_its_own_way_brings_the_ghosts_back(seed: int) -> None:
    chosen = {"network_s": 0.2, "slow_start_s": 11.0, "slow_for_s": 10.0}
    late, right = (
        finished({**chosen, "way_s": way_s}, arms=["deadline-propagated"], seed=seed, duration_s=32.0).metrics[
            "deadline-propagated"
        ]
        for way_s in (0.0, 0.4)
    )
    assert number(late, "wasted_share") > 0.3
    assert number(right, "wasted_share") < 1e-9
    assert number(right, "error_rate") < 0.6 * number(late, "error_rate")


@SEEDS
def test_a_limit_near_the_usual_time_is_an_outage_of_its_own_making_where_the_work_goes_on(seed: int) -> None:
    found = finished(
        {**STEADY, "timeout_b_s": 0.3}, arms=["shrinking", "deadline-propagated"], seed=seed, duration_s=25.0
    ).metrics
    assert number(found["shrinking"], "error_rate") > 0.5
    assert number(found["deadline-propagated"], "error_rate") < 0.02


@SEEDS
def test_a_short_queue_ends_the_collapse(seed: int) -> None:
    assert (
        number(
            finished({"queue_limit": 10, "slow_start_s": 15.0}, arms=["shrinking"], seed=seed, duration_s=45.0).metrics[
                "shrinking"
            ],
            "recovery_s",
        )
        < 10.0
    )


@SEEDS
def test_with_little_left_fewer_calls_are_made_and_with_more_demanded_some_requests_pay(seed: int) -> None:
    def found(least_s: float) -> Metrics:
        end = finished({"least_s": least_s}, arms=["deadline-propagated"], seed=seed, duration_s=60.0)
        return end.metrics["deadline-propagated"]

    default, second, much = found(0.02), found(1.0), found(2.5)
    assert number(second, "refused_rps") > number(default, "refused_rps") + 1.0
    assert number(second, "c_calls_per_request") < number(default, "c_calls_per_request")
    assert number(second, "error_rate") == pytest.approx(number(default, "error_rate"), abs=0.003)
    assert number(much, "error_rate") > number(default, "error_rate") + 0.03


def test_the_sentence_is_made_of_the_numbers() -> None:
    end = default_run(1)
    assert f"{end.metrics['shrinking']['error_rate']:.1%}" in end.sentence
    assert "the sums do not fit: Gateway may need 10.1 s and is allowed 6 s" in end.sentence
    assert "the sums fit" in finished({"attempts": 1}, arms=["shrinking"], duration_s=20.0).sentence


# Knobs, actions, goals


def test_actions_do_what_they_say() -> None:
    changes = [
        Change(12.0, "do", "slow", None, "a"),
        Change(20.0, "do", "recover", None, "a"),
        Change(30.0, "do", "hang", None, "b"),
        Change(40.0, "do", "recover", None, "b"),
    ]
    said = events({**STEADY, "mean_a_s": 0.15, "attempts": 1}, changes, arms=["deadline-propagated"], duration_s=60.0)
    samples = [event for event in said if isinstance(event, Sample)]
    inside = {event.t: event.values["a_in_flight"] or 0.0 for event in samples}
    assert max(inside[t] for t in inside if 12.0 < t <= 20.0) > 3.0 * inside[11.0]
    answered = {event.t: event.values["goodput_rps"] or 0.0 for event in samples}
    assert max(answered[t] for t in answered if 31.5 < t <= 40.0) == 0.0
    assert max(answered[t] for t in answered if 45.0 < t <= 60.0) > 5.0
    marks = [(event.node, event.value) for event in said if isinstance(event, Mark) and event.kind == "fault"]
    assert marks == [("a", "slow"), ("a", "healthy"), ("b", "hung"), ("b", "healthy")]


def test_goals_tick_off_by_themselves() -> None:
    assert {"haunted", "worse"} <= set(default_run(1).goals)
    assert "rescue" in finished({}, [Change(0.0, "set", "cancel", True)], arms=["shrinking"], duration_s=55.0).goals
    story = [Change(0.0, "set", "failure_rate", 1.0), Change(0.0, "set", "attempts", 3)]
    assert "multiplied" in finished({**STEADY, "rate_rps": 2.0}, story, arms=["shrinking"], duration_s=20.0).goals


def test_who_was_never_ill_does_not_recover() -> None:
    end = finished(STEADY, [Change(12.0, "do", "recover", None, "c")], arms=["shrinking"], duration_s=20.0)
    assert end.metrics["shrinking"]["recovery_s"] is None
    assert "rescue" not in end.goals


def test_recovery_is_counted_from_when_all_are_well() -> None:
    changes = [
        Change(11.0, "do", "hang", None, "a"),
        Change(11.0, "do", "hang", None, "b"),
        Change(13.0, "do", "recover", None, "a"),
        Change(18.0, "do", "recover", None, "b"),
    ]
    end = finished({**STEADY, "attempts": 1}, changes, arms=["deadline-propagated"], duration_s=30.0)
    assert number(end.metrics["deadline-propagated"], "recovery_s") < 4.0


def test_every_knob_can_be_turned_while_it_plays() -> None:
    changes = every_knob_turned(LAB, apart_s=1.0, workers=next(knob.maximum for knob in LAB.knobs if knob.name == "workers"))
    assert finished({}, changes, duration_s=40.0).requests > 100


# Bookkeeping


def test_every_metric_series_state_and_status_said_is_declared() -> None:
    assert_declared(LAB, events({"slow_start_s": 8.0}, [Change(14.0, "do", "hang", None, "b")], duration_s=20.0))


@pytest.mark.parametrize("cancel", [False, True])
def test_no_hop_works_on_more_than_its_workers_can_and_everybody_leaves_in_the_end(cancel: bool) -> None:
    """Through slowness, a hang and retries, until the traffic has stopped."""
    changes = [
        Change(8.0, "do", "hang", None, "b"),
        Change(14.0, "do", "recover", None, "b"),
        Change(16.0, "set", "rate_rps", 0.5),
    ]
    last: dict[str, Sample] = {}
    for event in events({"slow_start_s": 3.0, "slow_for_s": 3.0, "cancel": cancel}, changes, duration_s=90.0):
        if isinstance(event, Sample):
            last[event.arm] = event
            assert all(0 <= state.busy <= 4 for node, state in event.nodes.items() if node != "user")
            assert all((event.values[name] or 0.0) >= -1e-9 for name in EVERY_HOP)
            assert 0.0 <= (event.values["wasted_share"] or 0.0) <= 1.0
    for sample in last.values():
        assert sum(state.queued for state in sample.nodes.values()) < 20
        assert max(sample.values[name] or 0.0 for name in EVERY_HOP) < 20.0


def test_traces_show_hops_within_hops() -> None:
    spans = [event for event in events({}, arms=["no-timeouts"], duration_s=20.0) if isinstance(event, Span)]
    parents = {span.span_id: span.parent_id for span in spans}
    deep = next(span for span in spans if span.name == "c")
    assert parents[parents[parents[parents[deep.span_id]]]] == f"{deep.trace_id}-request"


def test_equal_specs_give_equal_bytes_and_all_arms_meet_the_same_requests() -> None:
    first, again = (
        b"\n".join(map(encode, events({"slow_start_s": 5.0, "slow_for_s": 5.0}, duration_s=20.0, seed=5))) for _ in range(2)
    )
    assert first == again
    found = finished({**STEADY, "rate_rps": 2.0}, duration_s=30.0).metrics
    assert len({round(number(values, "p50_s"), 9) for values in found.values()}) == 1
