"""Each closed form of the lab inside the interval of its replications, and silent where it has to be.

A 99th percentile is that of a long run: where slow servers make few requests late, half a minute shows too few of them.
"""

from typing import Any

import pytest

from labs.experiments.events import Prediction
from labs.experiments.spec import Change
from tests.labs.experiments.load_balancer.runs import CALM, LAB, end_of, played
from tests.labs.experiments.witness import assert_witnessed, theory

SLUG = "load-balancer"
SLOW_WORK: dict[str, Any] = {**CALM, "service_mean_s": 0.2}
"""For many servers: less of the traffic falls into the warm-up."""
SEEDS = range(1, 9)
MORE_SEEDS = range(1, 17)
MANY_SEEDS = range(1, 31)


@pytest.mark.parametrize(
    ("chosen", "metrics"),
    [
        ({}, ("mean_s", "p50_s", "p99_s", "crowded_share", "repeat_share", "central_mean_s")),
        ({"servers": 4, "rate_rps": 48.0}, ("mean_s", "p95_s", "utilization", "repeat_share", "central_p99_s")),
        ({"speed_spread": 2.0, "rate_rps": 60.0}, ("mean_s", "p95_s", "utilization", "crowded_share")),
        ({"service_cv": 0.0}, ("mean_s",)),
        ({"service_cv": 2.0, "rate_rps": 60.0}, ("mean_s",)),
    ],
)
def test_a_random_split_is_as_many_queues_of_their_own(chosen: dict[str, Any], metrics: tuple[str, ...]) -> None:
    assert_witnessed(SLUG, "random", {**CALM, **chosen}, *metrics, seeds=SEEDS, duration_s=40.0)


@pytest.mark.parametrize(
    ("chosen", "metrics"),
    [
        ({"speed_spread": 4.0, "rate_rps": 60.0}, ("mean_s", "p95_s", "repeat_share")),
        ({"speed_spread": 3.0, "servers": 5, "rate_rps": 60.0}, ("mean_s", "p95_s", "utilization", "crowded_share")),
        ({"speed_spread": 2.0, "weights": "equal", "rate_rps": 60.0}, ("mean_s", "p50_s", "repeat_share")),
    ],
)
def test_weighted_draws_are_queues_of_their_own_too(chosen: dict[str, Any], metrics: tuple[str, ...]) -> None:
    assert_witnessed(SLUG, "weighted-random", {**CALM, **chosen}, *metrics, seeds=MORE_SEEDS, duration_s=40.0)


@pytest.mark.parametrize(
    ("arm", "chosen"),
    [
        ("round-robin", {}),
        ("round-robin", {"servers": 3, "rate_rps": 48.0}),
        ("round-robin", {"servers": 8, "rate_rps": 80.0}),
        ("smooth-weighted-round-robin", {"servers": 4, "rate_rps": 60.0}),
    ],
)
def test_dealing_in_turn_is_a_queue_with_erlang_gaps(arm: str, chosen: dict[str, Any]) -> None:
    metrics = ("mean_s", "p99_s", "crowded_share", "repeat_share")
    assert_witnessed(SLUG, arm, {**CALM, **chosen}, *metrics, seeds=SEEDS, duration_s=40.0)


@pytest.mark.parametrize(
    "chosen",
    [
        {"servers": 16, "rate_rps": 48.0},
        {"servers": 24, "rate_rps": 60.0},
        {"servers": 30, "rate_rps": 90.0},
    ],
)
def test_two_choices_are_the_limit_of_many_servers_with_its_first_correction(chosen: dict[str, Any]) -> None:
    assert_witnessed(SLUG, "two-choices", {**SLOW_WORK, **chosen}, "mean_s", "crowded_share", seeds=SEEDS, duration_s=50.0)


@pytest.mark.parametrize(
    "chosen",
    [
        {"servers": 30, "balancers": 6, "rate_rps": 75.0},
        {"servers": 24, "balancers": 6, "rate_rps": 45.0},
        {"servers": 20, "balancers": 5, "rate_rps": 40.0},
    ],
)
def test_idle_queues_are_those_of_many_balancers(chosen: dict[str, Any]) -> None:
    assert_witnessed(SLUG, "join-idle-queue", {**SLOW_WORK, **chosen}, "mean_s", seeds=SEEDS, duration_s=50.0)


@pytest.mark.parametrize(
    ("chosen", "metrics", "seeds"),
    [
        ({"rate_rps": 60.0}, ("mean_s", "p95_s", "repeat_share"), MANY_SEEDS),
        ({"key_skew": 0.0, "rate_rps": 72.0}, ("mean_s", "utilization", "crowded_share"), SEEDS),
        ({"key_skew": 0.8, "servers": 4, "rate_rps": 36.0}, ("mean_s", "p95_s", "repeat_share"), SEEDS),
    ],
)
def test_hashed_keys_split_the_traffic_at_random_by_where_they_live(
    chosen: dict[str, Any], metrics: tuple[str, ...], seeds: range
) -> None:
    assert_witnessed(SLUG, "consistent-hash", {**CALM, **chosen}, *metrics, seeds=seeds, duration_s=30.0)


def said(arm: str, metric: str, chosen: dict[str, Any], duration_s: float = 120.0) -> Prediction:
    return theory(SLUG, arm, {**CALM, **chosen}, duration_s)[metric]


@pytest.mark.parametrize(
    ("arm", "metric", "chosen", "reason"),
    [
        ("random", "mean_s", {"incident": "slow"}, "slow or dead"),
        ("random", "mean_s", {"churn_per_min": 6.0}, "taken out"),
        ("random", "mean_s", {"rate_rps": 130.0}, "without end"),
        ("random", "mean_s", {"rate_rps": 118.0}, "longer than the run"),
        ("random", "p99_s", {"service_cv": 2.0}, "not exponential"),
        ("random", "repeat_share", {"incident": "kill"}, "pool changes"),
        ("random", "central_mean_s", {"speed_spread": 2.0}, "differ in speed"),
        ("random", "central_mean_s", {"service_cv": 0.5}, "not exponential"),
        ("consistent-hash", "central_mean_s", {"rate_rps": 118.0, "key_skew": 1.5}, "longer than the run"),
        ("round-robin", "utilization", {"rate_rps": 57.0, "speed_spread": 3.5}, "longer than the run"),
        ("weighted-random", "utilization", {"speed_spread": 6.0, "weights": "reversed"}, "more work arrives"),
        ("round-robin", "mean_s", {"speed_spread": 2.0}, "differ in speed"),
        ("round-robin", "mean_s", {"balancers": 3}, "its own requests only"),
        ("round-robin", "mean_s", {"counter": "int32"}, "comes to its end"),
        ("round-robin", "crowded_share", {"balancers": 3}, "its own requests only"),
        ("smooth-weighted-round-robin", "mean_s", {"speed_spread": 2.0}, "of several kinds"),
        ("least-connections", "mean_s", {}, "no closed form"),
        ("least-connections", "utilization", {"count_requests": False}, "nobody counts"),
        ("least-connections", "utilization", {"speed_spread": 2.0}, "differ in speed"),
        ("two-choices", "mean_s", {}, "too few"),
        ("two-choices", "mean_s", {"servers": 1, "rate_rps": 10.0}, "too few"),
        ("two-choices", "mean_s", {"servers": 30, "rate_rps": 700.0}, "without end"),
        ("two-choices", "crowded_share", {"servers": 10, "rate_rps": 100.0}, "too few"),
        ("two-choices", "crowded_share", {"servers": 30, "rate_rps": 300.0, "service_cv": 0.0}, "not exponential"),
        ("peak-ewma", "mean_s", {}, "no closed form"),
        ("consistent-hash", "mean_s", {"load_bound": "1.25"}, "wander"),
        ("consistent-hash", "mean_s", {"key_skew": 1.5}, "without end"),
        ("join-idle-queue", "mean_s", {}, "balancers or more"),
        ("join-idle-queue", "mean_s", {"servers": 30, "balancers": 6, "rate_rps": 540.0}, "at most 70% busy"),
    ],
)
def test_theory_says_which_of_its_assumptions_fails(arm: str, metric: str, chosen: dict[str, Any], reason: str) -> None:
    found = said(arm, metric, chosen)
    assert found.value is None
    assert reason in found.why_not


@pytest.mark.parametrize("arm", [arm.name for arm in LAB.arms])
def test_theory_answers_for_every_arm_whatever_the_knobs(arm: str) -> None:
    extremes: list[dict[str, Any]] = [
        {knob.name: value} for knob in LAB.knobs for value in (knob.minimum, knob.maximum) if value is not None
    ]
    for chosen in [*extremes, {"servers": 1, "speed_spread": 20.0}, {"servers": 30, "balancers": 16}]:
        for found in theory(SLUG, arm, {**CALM, **chosen}).values():
            assert (found.value is None) == bool(found.why_not)


def test_an_incident_after_the_end_is_none() -> None:
    assert said("random", "mean_s", {"incident": "slow", "incident_start_s": 300.0}).value is not None


def test_theory_is_silent_when_the_run_was_changed_on_its_way() -> None:
    changed = end_of(played(CALM, ["random"], [Change(12.0, "do", "add")], duration_s=14.0)).theory["random"]
    assert all(one.value is None and "changed" in one.why_not for one in changed)
    assert any(one.value is not None for one in end_of(played(CALM, ["random"], duration_s=60.0)).theory["random"])
