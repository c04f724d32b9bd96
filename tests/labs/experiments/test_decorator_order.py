"""The lab against theory, and each claim that its page makes, over several seeds."""

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

import pytest

from labs.experiments.catalogue import get
from labs.experiments.contract import Metrics
from labs.experiments.decorator_order.orders import BY_NAME, ORDERS
from labs.experiments.events import Finished, Mark, Sample, encode
from labs.experiments.spec import Change
from labs.patterns.composition import objections
from tests.labs.experiments import reading
from tests.labs.experiments.reading import assert_declared, end, every_knob_turned, number, played
from tests.labs.experiments.witness import assert_witnessed

LAB = get("decorator-order")
SLUG = LAB.slug
SEEDS = range(1, 3)
ALL_ARMS = tuple(order.arm.name for order in ORDERS)
COLLAPSING = ("fallback-inside-breaker", "breaker-inside-timeout")
CALM: dict[str, Any] = {"outage": "none", "rate_rps": 20.0, "notices_hang_up": True, "keys": 20}


events = partial(played, LAB)


def finished(*args: Any, **kwargs: Any) -> Finished:
    return end(events(*args, **kwargs))


def scene(name: str) -> Mapping[str, Any]:
    return reading.scene(LAB, name).parameters


# Theory


FAILING: dict[str, Any] = {"failure_rate": 0.3, "timeout_s": 0.2, "minimum_calls": 100, "failure_threshold": 0.8}


@pytest.mark.parametrize(
    "chosen",
    [
        {"failure_rate": 0.2, "minimum_calls": 100},
        FAILING,
        {"failure_rate": 0.3, "attempts": 2, "minimum_calls": 200, "backoff_s": 0.4},
    ],
)
def test_tries_fallback_and_time_keep_to_the_closed_forms(chosen: dict[str, Any]) -> None:
    metrics = ("calm_attempts_per_request", "calm_fallback_share", "calm_mean_s")
    assert_witnessed(SLUG, "usual", {**CALM, **chosen}, *metrics, seeds=range(1, 25), duration_s=40.0)


def test_with_the_fallback_inside_the_retry_there_is_one_try() -> None:
    assert_witnessed(SLUG, "retry-outside-fallback", {**CALM, **FAILING}, "calm_fallback_share", "calm_mean_s", duration_s=40.0)
    one = finished({**CALM, **FAILING}, ("retry-outside-fallback",), 1, 20.0)
    assert one.metrics["retry-outside-fallback"]["calm_attempts_per_request"] == 1.0


@pytest.mark.parametrize("arm", ALL_ARMS)
def test_nobody_is_held_longer_than_the_layers_allow(arm: str) -> None:
    end = finished({}, (arm,), 1, 40.0)
    bound = next(said for said in end.theory[arm] if said.metric == "max_s")
    assert bound.value is not None
    assert number(end.metrics[arm], "max_s") <= bound.value + 1e-9


def test_hanging_tries_reach_the_bound() -> None:
    hanging = {"slow_rate": 1.0, "slow_s": 30.0, "outage": "none", "minimum_calls": 500}
    end = finished(hanging, ("timeout-outside", "fallback-inside-breaker"), 1, 30.0)
    for arm, values in end.metrics.items():
        bound = next(said.value for said in end.theory[arm] if said.metric == "max_s")
        assert number(values, "max_s") == pytest.approx(bound, rel=0.02)


def test_theory_is_silent_and_says_why_where_its_assumptions_fail() -> None:
    cases: list[tuple[dict[str, Any], str, str]] = [
        ({"outage_start_s": 5.0}, "usual", "before anything is measured"),
        ({"slow_rate": 0.1}, "usual", "far from exponential"),
        ({"rate_rps": 70.0}, "usual", "queue at the service"),
        ({"failure_rate": 0.4, "rate_rps": 10.0}, "usual", "breaker opens"),
        ({"limit_rps": 40.0}, "usual", "limiter refuses"),
        ({"pool_size": 5}, "usual", "bulkhead is full"),
        ({"deadline_s": 0.5}, "usual", "deadline cuts"),
        ({"queue_limit": 0}, "usual", "turns tries away"),
        ({"keys": 10_000}, "usual", "knows too few keys"),
        ({"stale_s": 0.5}, "retry-outside-fallback", "knows too few keys"),
    ]
    for chosen, arm, reason in cases:
        said = next(one for one in LAB.theory(arm, LAB.spec(parameters=chosen)) if one.metric == "calm_mean_s")
        assert said.value is None, chosen
        assert reason in said.why_not, said.why_not


def test_a_back_off_of_nothing_is_no_error() -> None:
    said = LAB.theory("per-request", LAB.spec(parameters={**CALM, "backoff_s": 0.0}))
    assert {one.metric: one.value for one in said}["max_s"] == 3.0


def test_no_more_tries_are_wasted_than_are_made() -> None:
    """Those that began in the warm-up and were given up after it are in both numbers."""
    slow = {"service_mean_s": 5.0, "slots": 1, "timeout_s": 5.0}
    values = finished(slow, ("breaker-inside-timeout",), 1, 30.0).metrics["breaker-inside-timeout"]
    assert number(values, "wasted_share") <= 1.0


# What the page claims


@cache
def default_run(seed: int) -> Mapping[str, Metrics]:
    return finished({}, (), seed, 58.0).metrics


@pytest.mark.parametrize("seed", SEEDS)
def test_two_orders_stay_down_when_the_outage_is_over_and_six_get_well(seed: int) -> None:
    for arm, values in default_run(seed).items():
        if arm in COLLAPSING:
            assert values["recovery_s"] is None
            assert number(values, "fresh_end_share") < 0.05
            assert number(values, "openings") == 0
            assert number(values, "attempts_per_request") > 2.0
        else:
            assert number(values, "recovery_s") < 15.0
            assert number(values, "fresh_end_share") > 0.9


@pytest.mark.parametrize("seed", SEEDS)
def test_one_timeout_outside_holds_callers_longest_and_the_list_as_it_reads_leaves_some_without_an_answer(seed: int) -> None:
    found = default_run(seed)
    assert number(found["timeout-outside"], "fresh_rps") > number(found["usual"], "fresh_rps")
    assert number(found["timeout-outside"], "callers_waiting") > 3.0 * number(found["usual"], "callers_waiting")
    assert number(found["timeout-outside"], "p95_s") > 3.0
    assert number(found["as-listed"], "error_rate") > 0.05
    assert all(values["error_rate"] == 0.0 for arm, values in found.items() if arm != "as-listed")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_restart_brings_the_collapsed_back(seed: int) -> None:
    end = finished({}, COLLAPSING, seed, 60.0, [Change(45.0, "do", "restart")])
    for values in end.metrics.values():
        assert number(values, "fresh_end_share") > 0.8
        assert 9.0 < number(values, "recovery_s") < 25.0


@pytest.mark.parametrize(
    "cure", [{"attempts": 1}, {"pool_size": 40}, {"queue_limit": 60}, {"notices_hang_up": True}, {"outage": "errors"}]
)
def test_what_else_averts_the_collapse(cure: dict[str, Any]) -> None:
    for values in finished(cure, COLLAPSING, 1, 57.0).metrics.values():
        assert number(values, "fresh_end_share") > 0.9


def test_two_tries_are_the_fewest_that_keep_it_down() -> None:
    """Two times 40 a second are all that the service can do: nothing is left for the queue."""
    two = finished({"attempts": 2}, ("fallback-inside-breaker",), 1, 60.0).metrics["fallback-inside-breaker"]
    assert number(two, "fresh_end_share") < 0.2


def test_where_no_breaker_judges_in_time_the_place_of_the_limiter_decides() -> None:
    late = {"minimum_calls": 500, "limit_rps": 50.0, "outage_s": 6.0}
    found = finished(late, ("usual", "per-request"), 1, 65.0).metrics
    assert number(found["usual"], "fresh_end_share") > 0.8
    assert number(found["per-request"], "fresh_end_share") < 0.05


@pytest.mark.parametrize("seed", SEEDS)
def test_a_limit_per_try_leaves_time_for_another_try(seed: int) -> None:
    found = finished(scene("two-limits"), ("usual", "timeout-outside"), seed, 60.0).metrics
    assert number(found["usual"], "fallback_share") + number(found["usual"], "error_rate") < 0.03
    assert number(found["timeout-outside"], "fallback_share") + number(found["timeout-outside"], "error_rate") > 0.12


@pytest.mark.parametrize("seed", SEEDS)
def test_a_fallback_inside_the_retry_gives_old_news_to_everyone_who_met_a_failure(seed: int) -> None:
    found = finished(scene("hidden"), ("usual", "retry-outside-fallback"), seed, 40.0).metrics
    assert number(found["retry-outside-fallback"], "fallback_share") == pytest.approx(0.2, abs=0.04)
    assert number(found["usual"], "fallback_share") == pytest.approx(0.008, abs=0.008)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_breaker_that_counts_refusals_cuts_off_a_service_that_is_well(seed: int) -> None:
    counting = {**scene("refusals"), "count_refusals": True}
    right = finished(scene("refusals"), ("usual",), seed, 40.0).metrics["usual"]
    wrong = finished(counting, ("usual",), seed, 40.0).metrics["usual"]
    assert number(right, "openings") == 0
    assert number(wrong, "openings") >= 2
    assert number(wrong, "fresh_rps") < 0.8 * number(right, "fresh_rps")


def test_a_retry_that_repeats_refusals_makes_users_wait_at_a_closed_door() -> None:
    polite, pushy = (finished({"retry_refusals": on}, ("usual",)).metrics["usual"] for on in (False, True))
    assert number(pushy, "p50_s") > 1.3 * number(polite, "p50_s")
    assert number(pushy, "fresh_rps") == pytest.approx(number(polite, "fresh_rps"), rel=0.02)


def test_a_deadline_below_the_timeout_makes_the_timeout_vain() -> None:
    found = finished({"deadline_s": 0.9}, ("usual", "timeout-outside")).metrics
    assert number(found["usual"], "fresh_rps") == number(found["timeout-outside"], "fresh_rps")
    assert number(found["usual"], "openings") == 0


def test_the_rules_of_the_pattern_know_the_harmful_orders() -> None:
    assert objections(BY_NAME["usual"].layers) == ()
    assert objections(BY_NAME["resilience4j"].layers) == ()
    assert objections(BY_NAME["per-request"].layers, fatal_only=True) == ()
    for order in ORDERS:
        assert bool(objections(order.layers, fatal_only=True)) is order.arm.naive


# Actions, knobs, declaration


def test_each_action_does_what_it_says() -> None:
    changes = [
        Change(12.0, "do", "slow"),
        Change(18.0, "do", "heal"),
        Change(30.0, "do", "break"),
        Change(36.0, "do", "heal"),
        Change(45.0, "do", "restart"),
        Change(48.0, "do", "forget"),
    ]
    said = events({**CALM, "keys": 1000}, ("retry-outside-fallback",), 1, 52.0, changes)
    text = [event.text for event in said if isinstance(event, Mark) and event.arm]
    for wanted in ("the service is slowed down", "the service breaks", "the fallback's memory is lost"):
        assert wanted in text
    samples = {event.t: event for event in said if isinstance(event, Sample)}
    status = {t: samples[t].nodes["service"].status for t in (11.0, 17.0, 25.0, 35.0, 44.0)}
    assert status == {11.0: "healthy", 17.0: "slow", 25.0: "healthy", 35.0: "failing", 44.0: "healthy"}


def test_every_knob_can_be_turned_while_it_plays() -> None:
    assert finished({}, ALL_ARMS, 1, 12.0, every_knob_turned(LAB)).requests > 200


def test_attempts_and_the_bulkhead_act_at_once() -> None:
    said = events({}, ("fallback-inside-breaker",), 1, 50.0, [Change(40.0, "set", "attempts", 1)])
    tries = {event.t: event.values["attempts"] for event in said if isinstance(event, Sample)}
    assert (tries[39.0], tries[49.0]) == (3.0, 1.0)


def test_goals_tick_off_by_themselves() -> None:
    default = finished({}, ("usual", *COLLAPSING), 1, 60.0)
    restarted = finished({}, ("fallback-inside-breaker",), 1, 60.0, [Change(45.0, "do", "restart")])
    limited = finished(scene("refusals"), ("usual",), 1, 40.0, [Change(15.0, "set", "count_refusals", True)])
    assert set(default.goals) == {"collapse", "recovers", "blind"}
    assert "restart" in restarted.goals
    assert limited.goals == ("own-fault",)


def test_the_picture_lists_the_layers_in_their_order() -> None:
    for arm in ALL_ARMS:
        sample = next(event for event in events(CALM, (arm,), 1, 12.0) if isinstance(event, Sample))
        shown = [sample.nodes[f"layer-{place}"].status.split()[0] for place in range(1, 8)]
        assert tuple(word for word in shown if word != "absent") == BY_NAME[arm].layers


def test_every_metric_series_state_and_status_said_is_declared() -> None:
    assert_declared(LAB, events({"pool_size": 30}, ALL_ARMS, 1, 40.0))


def test_requests_that_come_are_those_that_end_and_shares_are_shares() -> None:
    ended = dict.fromkeys(("usual", "as-listed"), 0)
    for event in events({"limit_rps": 35.0}, tuple(ended), 1, 60.0):
        if isinstance(event, Sample):
            flow = event.flows["step-0"]
            ended[event.arm] += flow.ok + flow.slow + flow.failed + flow.rejected + flow.timed_out
            shares = [event.values[name] for name in ("fresh_share", "fallback_share", "error_share")]
            assert shares == [None] * 3 or sum(share or 0.0 for share in shares) == pytest.approx(1.0)
        if isinstance(event, Finished):
            assert all(0 <= event.requests // len(ended) - count < 100 for count in ended.values())


def test_equal_specs_give_equal_bytes_and_no_arm_sees_the_others() -> None:
    first, second = ([encode(event) for event in events({}, ("usual",), 3, 40.0)] for _ in range(2))
    assert first == second
    together = finished({}, ("usual", "fallback-inside-breaker"), 3, 40.0)
    assert together.metrics["usual"] == finished({}, ("usual",), 3, 40.0).metrics["usual"]


def test_a_run_ends_with_a_sentence_made_of_its_numbers() -> None:
    end = finished({}, ("usual", "fallback-inside-breaker"), 1, 60.0)
    assert f"{end.metrics['usual']['fresh_rps']:.1f}" in end.sentence
    assert "still down: “Fallback inside the breaker”" in end.sentence
