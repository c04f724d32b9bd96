"""The closed forms against the lab, and their silence where their assumptions fail."""

from typing import Any

import pytest

from tests.labs.experiments.task_processor.runs import LAB, STEADY
from tests.labs.experiments.witness import assert_witnessed, theory

MANY = range(1, 21)
"""Waits scatter widely: twelve runs are few."""
EAGER: dict[str, Any] = {**STEADY, "growth": "eager"}
SMALL = [
    {"rate_rps": 35.0, "core_threads": 2, "max_threads": 4, "queue_capacity": 5},
    {"rate_rps": 20.0, "core_threads": 1, "max_threads": 2, "queue_capacity": 0},
    {"rate_rps": 30.0, "core_threads": 4, "max_threads": 4, "queue_capacity": 3, "task_mean_s": 0.2},
]


@pytest.mark.parametrize("chosen", SMALL)
def test_abort_is_a_queue_with_so_many_places(chosen: dict[str, Any]) -> None:
    assert_witnessed(
        "task-processor",
        "abort",
        {**EAGER, **chosen},
        "error_rate",
        "goodput_rps",
        "utilization",
        "mean_s",
        seeds=MANY,
        duration_s=50.0,
    )


@pytest.mark.parametrize("chosen", SMALL[:2])
def test_discarding_the_oldest_loses_as_many_as_refusing_the_newest(chosen: dict[str, Any]) -> None:
    assert_witnessed(
        "task-processor", "discard-oldest", {**EAGER, **chosen}, "error_rate", "utilization", seeds=MANY, duration_s=50.0
    )


@pytest.mark.parametrize(
    ("arm", "chosen"),
    [
        ("unbounded", {"rate_rps": 26.0}),
        ("block", {"rate_rps": 20.0, "core_threads": 3, "max_threads": 3, "queue_capacity": 1}),
        ("caller-runs", {"rate_rps": 40.0}),
    ],
)
def test_where_nobody_is_turned_away_the_wait_is_that_of_erlang(arm: str, chosen: dict[str, Any]) -> None:
    assert_witnessed("task-processor", arm, {**EAGER, **chosen}, "utilization", "mean_s", seeds=MANY, duration_s=50.0)


@pytest.mark.parametrize(
    "chosen",
    [
        {"rate_rps": 20.0, "batch_size": 20},
        {"rate_rps": 30.0, "batch_size": 4, "linger_s": 0.1, "task_mean_s": 0.05},
        {"rate_rps": 10.0, "batch_size": 10, "linger_s": 0.3},
    ],
)
def test_batches_fill_and_wait_as_a_poisson_stream_fills_them(chosen: dict[str, Any]) -> None:
    metrics = ("batch_fill", "batch_wait_s", "utilization")
    assert_witnessed("task-processor", "block", {**STEADY, **chosen}, *metrics, seeds=MANY, duration_s=60.0)


@pytest.mark.parametrize(
    ("arm", "chosen"),
    [
        ("abort", {"rate_rps": 150.0, "batch_size": 4}),
        ("block", {"rate_rps": 100.0, "batch_size": 3, "fixed_share": 0.5}),
        ("discard-oldest", {"rate_rps": 200.0, "batch_size": 5, "queue_capacity": 10}),
    ],
)
def test_full_batches_carry_what_is_left_when_the_fixed_part_is_shared(arm: str, chosen: dict[str, Any]) -> None:
    crowded = {**STEADY, "max_threads": 4, "linger_s": 0.2, **chosen}
    assert_witnessed("task-processor", arm, crowded, "goodput_rps", duration_s=40.0)


@pytest.mark.parametrize(
    ("arm", "metric", "chosen", "reason"),
    [
        ("abort", "error_rate", {}, "bursts"),
        ("abort", "error_rate", STEADY, "depends on the past"),
        ("abort", "mean_s", {**EAGER, "mail": "inline"}, "mail"),
        ("abort", "mean_s", {**EAGER, "accept_s": 0.01}, "accepting"),
        ("abort", "mean_s", {**EAGER, "durable": True, "journal_s": 0.01}, "accepting"),
        ("abort", "mean_s", {**EAGER, "accept_s": 0.04, "rate_rps": 1.0}, "accepting takes a part"),
        ("unbounded", "mean_s", {**EAGER, "durable": True, "rate_rps": 20.0}, "accepting takes a part"),
        ("abort", "error_rate", {**EAGER, "rate_rps": 60.0, "backlog": 0}, "refused"),
        ("block", "mean_s", {**EAGER, "rate_rps": 70.0, "backlog": 10, "queue_capacity": 5}, "refused"),
        ("block", "mean_s", {**EAGER, "rate_rps": 3.2, "task_mean_s": 2.0}, "settle"),
        ("caller-runs", "mean_s", {**EAGER, "rate_rps": 90.0}, "more work"),
        ("caller-runs", "mean_s", {**EAGER, "rate_rps": 70.0, "queue_capacity": 5}, "submitters run tasks"),
        ("block", "mean_s", {**EAGER, "rate_rps": 79.0}, "settle"),
        ("unbounded", "utilization", {**STEADY, "rate_rps": 50.0}, "more work"),
        ("abort", "batch_fill", {**STEADY, "rate_rps": 120.0, "batch_size": 5}, "handed over"),
        ("abort", "batch_fill", {"batch_size": 5}, "bursts"),
        ("abort", "utilization", {**STEADY, "batch_size": 5, "mail": "inline"}, "mail"),
        ("abort", "goodput_rps", {**STEADY, "batch_size": 5}, "less comes"),
        ("abort", "goodput_rps", {**STEADY, "batch_size": 2, "rate_rps": 240.0}, "depends on the past"),
        ("abort", "goodput_rps", {**EAGER, "batch_size": 3, "rate_rps": 240.0, "linger_s": 0.0}, "before they are full"),
        ("caller-runs", "goodput_rps", {**EAGER, "batch_size": 2, "rate_rps": 240.0}, "submitters run tasks"),
    ],
)
def test_theory_says_which_of_its_assumptions_fails(arm: str, metric: str, chosen: dict[str, Any], reason: str) -> None:
    said = theory("task-processor", arm, chosen)[metric]
    assert said.value is None
    assert reason in said.why_not


def test_a_loss_that_no_run_can_show_is_none() -> None:
    said = theory("task-processor", "abort", {**EAGER, "rate_rps": 30.0})["error_rate"]
    assert said.value == 0.0


def test_the_core_is_never_larger_than_the_pool() -> None:
    chosen = {**STEADY, "rate_rps": 20.0, "core_threads": 8, "max_threads": 4}
    assert_witnessed("task-processor", "unbounded", chosen, "utilization", duration_s=50.0)


def test_unbounded_has_its_core_only() -> None:
    spec = LAB.spec(parameters={**STEADY, "rate_rps": 20.0})
    assert next(said for said in LAB.theory("unbounded", spec) if said.metric == "utilization").value == pytest.approx(0.5)
