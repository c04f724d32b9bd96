"""The lab against its closed forms: steady runs inside the interval, the race exactly, the storm within a second."""

from typing import Any

import pytest

from labs.experiments.spec import Change
from labs.measurement.statistics import mean_interval
from labs.theory.retries import granted_attempts
from tests.labs.experiments.retry_storm.runs import LAB, events, finished, metrics, number
from tests.labs.experiments.witness import assert_witnessed, theory

CALM: dict[str, Any] = {"outage_s": 0.0, "rate_rps": 20.0, "capacity_rps": 200.0, "slots": 20, "base_s": 0.05}


@pytest.mark.parametrize(
    ("arm", "chosen"),
    [
        ("immediate", {"failure_rate": 0.3, "layers": 3, "max_attempts": 2}),
        ("exponential", {"failure_rate": 0.4, "naive_backoff": True}),
        ("full-jitter", {"failure_rate": 0.3}),
        ("equal-jitter", {"failure_rate": 0.6, "max_attempts": 2, "layers": 2}),
        ("decorrelated-jitter", {"failure_rate": 0.4, "cap_s": 0.2, "max_attempts": 5}),
    ],
)
def test_attempts_errors_waits_and_times_are_those_of_the_closed_forms(arm: str, chosen: dict[str, Any]) -> None:
    waits = () if "layers" in chosen else ("backoff_s",)
    names = ("attempts_per_request", "error_rate", "offered_rps", "mean_s", *waits)
    assert_witnessed("retry-storm", arm, {**CALM, **chosen}, *names, duration_s=27.0)


def test_who_does_not_retry_sends_a_poisson_stream() -> None:
    chosen = {**CALM, "failure_rate": 0.2}
    assert_witnessed("retry-storm", "no-retry", chosen, "dispersion", "error_rate", "offered_rps", duration_s=27.0)


def test_a_budget_that_is_hardly_asked_for_changes_nothing() -> None:
    chosen = {**CALM, "failure_rate": 0.03, "budget_ratio": 0.3}
    assert_witnessed("retry-storm", "retry-budget", chosen, "attempts_per_request", duration_s=27.0)


@pytest.mark.parametrize(("ratio", "minimum_rps", "layers"), [(0.1, 0.0, 1), (0.5, 2.0, 1), (0.1, 0.0, 3)])
def test_a_budget_that_is_spent_allows_what_it_says_and_hardly_less(ratio: float, minimum_rps: float, layers: int) -> None:
    """A retry needs a whole token: on the mean about half of one expires unspent in each time to live."""
    chosen = {**CALM, "failure_rate": 0.6, "budget_ratio": ratio, "budget_minimum_rps": minimum_rps, "layers": layers}
    granted = (granted_attempts(ratio, minimum_rps, 20.0).value or 0.0) ** layers
    for seed in (1, 2):
        sent = number(metrics(chosen, ("retry-budget",), seed, 45.0)["retry-budget"], "attempts_per_request")
        assert granted - 0.01 * layers - 0.05 * minimum_rps < sent <= granted * 1.005


@pytest.mark.parametrize(("clients", "network_s"), [(10, 0.01), (25, 0.02), (40, 0.005)])
@pytest.mark.parametrize("arm", ["immediate", "exponential"])
def test_clients_in_lockstep_race_exactly_as_said(arm: str, clients: int, network_s: float) -> None:
    chosen = {"mode": "contention", "clients": clients, "network_s": network_s, "network_deviation_s": 0.0, "base_s": 0.01}
    end = finished(events({**chosen, "cap_s": 0.5}, (arm,), duration_s=60.0))
    said = {one.metric: one for one in end.theory[arm]}
    assert set(said) == {"contention_calls", "completion_s"}
    for one in said.values():
        assert one.value is not None
        assert one.measured == pytest.approx(one.value, rel=1e-9)


@pytest.mark.parametrize(
    ("arm", "chosen"),
    [
        ("immediate", {"capacity_rps": 150.0, "slots": 15, "rate_rps": 100.0}),
        ("exponential", {"max_attempts": 3}),
        ("decorrelated-jitter", {}),
    ],
)
def test_above_the_border_the_overload_lasts_to_the_end(arm: str, chosen: dict[str, Any]) -> None:
    said = next(one for one in finished(events(chosen, (arm,), duration_s=45.0)).theory[arm] if one.metric == "metastable_s")
    assert said.value == 15.0
    assert said.measured == said.value


@pytest.mark.parametrize(
    ("arm", "chosen"),
    [
        ("no-retry", {}),
        ("no-retry", {"rate_rps": 50.0}),
        ("retry-budget", {"queue_limit": 250, "rate_rps": 60.0}),
    ],
)
def test_below_the_border_the_queue_drains_as_a_fluid_would(arm: str, chosen: dict[str, Any]) -> None:
    """A second away at most, and on the mean over eight outages."""
    said = theory("retry-storm", arm, chosen, 50.0)["metastable_s"]
    runs = [metrics(chosen, (arm,), seed, 50.0)[arm] for seed in range(1, 9)]
    measured = mean_interval([number(values, "metastable_s") for values in runs])
    assert said.value is not None
    assert measured is not None
    assert measured.mean == pytest.approx(said.value, abs=1.0)


@pytest.mark.parametrize(
    ("arm", "metric", "chosen", "reason"),
    [
        ("full-jitter", "attempts_per_request", {}, "outage"),
        ("full-jitter", "attempts_per_request", {**CALM, "herd_every_s": 5.0}, "herds"),
        ("full-jitter", "attempts_per_request", {**CALM, "retry_what": "everything"}, "stays wrong"),
        ("full-jitter", "attempts_per_request", {**CALM, "failure_rate": 0.5, "deadline_s": 1.0}, "deadline"),
        ("full-jitter", "attempts_per_request", {**CALM, "rate_rps": 150.0, "failure_rate": 0.5}, "queue"),
        ("full-jitter", "mean_s", {**CALM, "timeout_s": 0.5}, "timeouts"),
        ("full-jitter", "mean_s", {**CALM, "rate_rps": 110.0}, "Poisson"),
        ("full-jitter", "backoff_s", {**CALM, "failure_rate": 0.3, "layers": 2}, "by itself"),
        ("retry-budget", "attempts_per_request", {**CALM, "failure_rate": 0.5, "budget_minimum_rps": 0.0}, "allows 1.1 "),
        ("retry-budget", "attempts_per_request", {**CALM, "failure_rate": 0.5, "layers": 2}, "allows 1.32 "),
        ("retry-budget", "error_rate", {**CALM, "failure_rate": 0.5}, "refuses"),
        ("no-retry", "dispersion", {"outage": "down"}, "at once"),
        ("full-jitter", "metastable_s", CALM, "no outage"),
        ("full-jitter", "metastable_s", {"outage": "down"}, "nobody queues"),
        ("full-jitter", "metastable_s", {"outage_s": 2.0}, "too short"),
        ("full-jitter", "metastable_s", {"rate_rps": 26.0}, "border"),
        ("full-jitter", "metastable_s", {"notices_hang_up": True}, "hang-ups"),
        ("full-jitter", "metastable_s", {"queue_limit": 70}, "queue is too short"),
        ("full-jitter", "metastable_s", {"failure_rate": 0.1}, "by chance"),
        ("no-retry", "metastable_s", {"outage_s": 2.0}, "too short"),
        ("no-retry", "metastable_s", {"outage_s": 45.0}, "may end"),
        ("no-retry", "metastable_s", {"herd_every_s": 5.0, "clients": 400}, "herds"),
        ("no-retry", "metastable_s", {"outage_start_s": 0.0, "outage_s": 4.5}, "warm-up"),
        ("full-jitter", "metastable_s", {"slowdown": 1.0}, "too mild"),
        ("full-jitter", "metastable_s", {"slowdown": 1.4}, "too mild"),
        ("full-jitter", "metastable_s", {"deadline_s": 0.5}, "deadline"),
        ("immediate", "error_rate", {**CALM, "failure_rate": 0.8, "max_attempts": 12, "deadline_s": 1.1}, "deadline"),
        ("immediate", "contention_calls", {"mode": "contention"}, "times of their own"),
        ("full-jitter", "completion_s", {"mode": "contention", "network_deviation_s": 0.0}, "random waits"),
        ("no-retry", "contention_calls", {"mode": "contention"}, "give up"),
    ],
)
def test_theory_says_which_of_its_assumptions_fails(arm: str, metric: str, chosen: dict[str, Any], reason: str) -> None:
    said = theory("retry-storm", arm, chosen, 70.0)[metric]
    assert said.value is None
    assert reason in said.why_not


def test_the_overload_is_counted_from_the_end_of_the_warm_up() -> None:
    said = theory("retry-storm", "immediate", {"outage_start_s": 0.0, "outage_s": 4.0}, 30.0)["metastable_s"]
    found = metrics({"outage_start_s": 0.0, "outage_s": 4.0}, ("immediate",), 1, 30.0)["immediate"]
    assert said.value == found["metastable_s"] == 25.0


def test_who_sends_once_is_not_cut_short_by_a_deadline() -> None:
    assert theory("retry-storm", "no-retry", {**CALM, "deadline_s": 0.1}, 30.0)["error_rate"].value is not None


def test_one_drain_is_one_draw_and_no_percentage_is_said_of_it() -> None:
    end = finished(events({}, ("no-retry", "full-jitter"), duration_s=50.0))
    drained, lasting = ({one.metric: one for one in end.theory[arm]}["metastable_s"] for arm in ("no-retry", "full-jitter"))
    assert drained.value is not None
    assert drained.deviation is None
    assert lasting.deviation == 0.0


def test_theory_is_silent_when_the_run_was_changed_on_its_way() -> None:
    end = finished(events(CALM, ("full-jitter",), duration_s=10.0, changes=[Change(5.0, "set", "failure_rate", 0.5)]))
    assert all(said.value is None and "changed" in said.why_not for said in end.theory["full-jitter"])


@pytest.mark.parametrize("arm", [arm.name for arm in LAB.arms])
def test_every_prediction_is_of_a_metric_that_is_measured(arm: str) -> None:
    declared = {metric.name for metric in LAB.metrics}
    for chosen in ({}, CALM, {"mode": "contention"}):
        assert {said.metric for said in LAB.theory(arm, LAB.spec(parameters=chosen))} <= declared
