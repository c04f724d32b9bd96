"""Actions, knobs while it plays, goals, and what is declared."""

import hashlib
from typing import Any

import pytest

from labs.experiments.events import encode
from labs.experiments.spec import Change, SpecError
from tests.labs.experiments.reading import assert_declared
from tests.labs.experiments.task_processor.runs import LAB, STEADY, end, events, marks, metrics, number, samples


def crash(at_s: float) -> tuple[Change, ...]:
    return (Change(at_s, "do", "crash"),)


def test_tasks_crawl_until_they_are_back_to_speed() -> None:
    changes = (Change(20.0, "do", "crawl"), Change(30.0, "do", "speed-up"))
    said = samples(events({**STEADY, "rate_rps": 10.0}, ("abort",), duration_s=40.0, changes=changes), "abort")
    means = [sum(sample.values["p50_s"] or 0.0 for sample in said[start : start + 16]) for start in (22, 44, 64)]
    assert means[1] > 2.0 * means[0]
    assert means[2] < 0.7 * means[1]


def test_a_crash_is_down_for_the_restart_and_then_up_again() -> None:
    said = events({**STEADY, "restart_s": 5.0}, ("abort",), duration_s=40.0, changes=crash(20.0))
    states = {sample.t: sample.nodes["pool"].status for sample in samples(said, "abort")}
    assert states[20.0] != "down"
    assert states[22.0] == states[24.5] == "down"
    assert states[30.0] in ("working", "idle")
    assert [mark.value for mark in marks(said, "fault")] == ["down", "up"]


def test_a_second_crash_during_the_restart_is_only_noted() -> None:
    said = events(STEADY, ("abort",), duration_s=40.0, changes=(*crash(20.0), *crash(21.0)))
    assert [mark.text for mark in marks(said, "note")] == ["the process is ending already"]


def test_a_second_crash_loses_nothing_that_the_journal_has() -> None:
    values = metrics({"durable": True}, "unbounded", 1, 110.0, (*crash(30.0), *crash(40.0)))
    assert values["lost"] == 0
    assert number(values, "recovered") > 300


def test_a_deploy_works_the_queue_off_first() -> None:
    said = events(STEADY, ("abort",), duration_s=40.0, changes=(Change(20.0, "do", "deploy"),))
    texts = [mark.text for mark in marks(said, "fault")]
    assert texts == ["ended with 0 accepted tasks", "a new process has started"]
    assert end(said).metrics["abort"]["lost"] == 0


@pytest.mark.parametrize(
    ("knob", "chosen"),
    [
        ("rate_rps", 80.0),
        ("bursts", False),
        ("burst_rps", 60.0),
        ("task_mean_s", 0.02),
        ("queue_capacity", 5),
        ("growth", "eager"),
        ("accept_s", 0.05),
        ("backlog", 2),
        ("mail", "inline"),
        ("durable", True),
    ],
)
def test_knobs_act_while_it_plays(knob: str, chosen: Any) -> None:
    plain = samples(events({}, ("caller-runs",), duration_s=30.0), "caller-runs")
    turned = samples(events({}, ("caller-runs",), duration_s=30.0, changes=(Change(15.0, "set", knob, chosen),)), "caller-runs")
    assert [sample.values for sample in plain[:30]] == [sample.values for sample in turned[:30]]
    assert [sample.values for sample in plain[30:]] != [sample.values for sample in turned[30:]]


def test_the_size_of_the_pool_can_only_be_set_before_a_run() -> None:
    with pytest.raises(SpecError, match="max_threads can only be set before"):
        LAB.spec(changes=[Change(10.0, "set", "max_threads", 3)])


def test_a_core_above_the_maximum_is_the_maximum() -> None:
    values = metrics({**STEADY, "core_threads": 20, "max_threads": 3}, "abort", 1, 20.0)
    assert values["mean_threads"] == 3.0


def test_policies_never_change_the_traffic() -> None:
    found = end(events({**STEADY, "rate_rps": 20.0}, duration_s=40.0))
    flows = {arm: round(number(values, "throughput_rps"), 1) for arm, values in found.metrics.items()}
    assert len(set(flows.values())) == 1


def test_requests_that_come_are_those_that_end() -> None:
    said = events({}, ("abort",), duration_s=60.0)
    ended = sum(
        flow.ok + flow.slow + flow.failed + flow.rejected + flow.timed_out
        for flow in (sample.flows["connect"] for sample in samples(said, "abort"))
    )
    waiting = samples(said, "abort")[-1].nodes["client"].busy
    assert ended + waiting == end(said).requests - 120, "all but two probes a second"


def test_equal_specs_give_equal_bytes() -> None:
    first, second = (
        hashlib.sha256(b"".join(map(encode, events({"mail": "queued", "batch_size": 3}, duration_s=35.0)))).digest()
        for _ in range(2)
    )
    assert first == second


def test_every_metric_series_state_and_status_said_is_declared() -> None:
    said = events({}, duration_s=40.0, changes=(Change(28.0, "do", "deploy"),))
    assert_declared(LAB, said)


@pytest.mark.parametrize(
    ("goal", "arm", "parameters", "changes"),
    [
        ("broken-promise", "unbounded", {}, crash(29.0)),
        ("kept-promise", "unbounded", {"durable": True}, crash(29.0)),
        ("silence", "caller-runs", {"late_tasks": "drop"}, (Change(27.0, "do", "deploy"),)),
        ("fill", "abort", {**STEADY, "rate_rps": 120.0, "batch_size": 20}, ()),
    ],
)
def test_goals_that_take_a_hand_can_be_reached(
    goal: str, arm: str, parameters: dict[str, Any], changes: tuple[Change, ...]
) -> None:
    assert goal in end(events(parameters, (arm,), changes=changes)).goals


def test_blocked_submitters_go_on_without_a_queue() -> None:
    values = metrics({**STEADY, "rate_rps": 60.0, "queue_capacity": 0}, "block", 1, 40.0)
    assert number(values, "error_rate") < 0.01
    assert number(values, "goodput_rps") > 50.0


def test_health_probes_that_a_crash_cuts_off_are_no_callers() -> None:
    said = events({}, ("caller-runs",), duration_s=60.0, changes=crash(29.0))
    assert min(sample.nodes["client"].busy for sample in samples(said, "caller-runs")) >= 0


@pytest.mark.parametrize("arm", ["abort", "block", "unbounded"])
@pytest.mark.parametrize("places", [0, 100])
def test_a_journal_brings_every_task_back_however_short_the_queue(arm: str, places: int) -> None:
    chosen = {"durable": True, "queue_capacity": places, "burst_rps": 60.0}
    said = events(chosen, (arm,), duration_s=60.0, changes=crash(25.0))
    accepted = int(next(mark.text for mark in marks(said, "fault")).split()[2])
    values = end(said).metrics[arm]
    assert accepted >= 1
    assert values["lost"] == 0
    assert number(values, "recovered") == accepted


def test_what_was_accepted_before_the_journal_began_is_lost() -> None:
    changes = (Change(28.9, "set", "durable", True), *crash(29.0))
    values = metrics({}, "abort", 1, 60.0, changes)
    assert number(values, "lost") > 80


def test_an_answer_is_late_only_once_it_is_there() -> None:
    chosen = {**STEADY, "task_mean_s": 5.0, "rate_rps": 5.0, "core_threads": 64, "max_threads": 64}
    assert number(metrics(chosen, "abort", 1, 30.0), "late_rate") <= 1.0
