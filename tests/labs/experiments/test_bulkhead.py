"""The lab against theory, and each claim that its page makes, over several seeds."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pytest

from labs.experiments.catalogue import get
from labs.experiments.contract import Metrics
from labs.experiments.events import Event, Finished, Mark, Sample, encode
from labs.experiments.spec import Change
from tests.labs.experiments.reading import assert_declared, end, every_knob_turned, number, played
from tests.labs.experiments.witness import assert_witnessed, theory

SLUG = "bulkhead"
LAB = get(SLUG)
ARMS = tuple(arm.name for arm in LAB.arms)
SEEDS = pytest.mark.parametrize("seed", [1, 2])
STEADY: dict[str, Any] = {"slowness": "none"}
CROWD: dict[str, Any] = {
    "rate_a_rps": 400.0,
    "mean_a_s": 0.3,
    "slots_a": 100,
    "queue_limit": 1000,
    "max_wait_s": 3.0,
    "timeout_s": 3.0,
}
SHORT: dict[str, Any] = {"slow_start_s": 12.0, "slow_for_s": 12.0}


def events(parameters: Mapping[str, Any], changes: Sequence[Change] = (), **options: Any) -> list[Event]:
    return played(LAB, parameters, changes=changes, **options)


def finished(parameters: Mapping[str, Any], changes: Sequence[Change] = (), **options: Any) -> Finished:
    return end(events(parameters, changes, **options))


@cache
def default_run(seed: int) -> Mapping[str, Metrics]:
    return finished({}, seed=seed, duration_s=90.0).metrics


# Theory


@pytest.mark.parametrize(
    ("arm", "chosen"),
    [
        ("semaphore", {"slots_a": 2, "rate_a_rps": 60.0}),
        ("semaphore", {"service_cv": 2.0, "slots_c": 2}),
        ("semaphore", {"call_timeout": True, "timeout_s": 0.05, "slots_b": 2}),
        ("split", {"queue_limit": 3, "rate_a_rps": 100.0, "slots_c": 3}),
        ("shared", {"queue_limit": 0, "rate_c_rps": 120.0, "service_cv": 2.0}),
        ("shared", {"queue_limit": 1, "mean_a_s": 0.06, "mean_b_s": 0.06, "mean_c_s": 0.06}),
        ("shared", {"mean_a_s": 0.08, "mean_b_s": 0.08, "mean_c_s": 0.08}),
    ],
)
def test_calls_turned_away_and_slots_at_work_are_those_of_theory(arm: str, chosen: dict[str, Any]) -> None:
    """Erlang's loss without a queue, whatever the distribution; M/M/c/K with one; one room for the sum where all share."""
    assert_witnessed(SLUG, arm, {**STEADY, **chosen}, "rejected_rate", "a_busy", seeds=range(1, 9), duration_s=30.0)


def test_theory_says_what_the_walls_cost() -> None:
    chosen = {**STEADY, "queue_limit": 0, "rate_a_rps": 80.0}
    split, shared = (theory(SLUG, arm, chosen)["rejected_rate"] for arm in ("split", "shared"))
    assert split.value is not None
    assert shared.value is not None
    assert f"{split.value - shared.value:.1%} more of all calls away than one pool" in split.assumes


def test_behind_walls_theory_holds_for_the_neighbours_while_c_is_slow() -> None:
    neighbours = ("a_rejected_rate", "b_rejected_rate", "a_busy")
    assert_witnessed(SLUG, "split", SHORT, *neighbours, seeds=range(1, 9), duration_s=30.0)


@pytest.mark.parametrize(
    ("arm", "metric", "chosen", "reason"),
    [
        ("split", "c_rejected_rate", {}, "C is slow"),
        ("split", "rejected_rate", {}, "C is slow"),
        ("shared", "a_rejected_rate", {}, "C is slow"),
        ("shared", "rejected_rate", STEADY, "different lengths"),
        ("split", "a_rejected_rate", {"service_cv": 2.0}, "exponential"),
        ("split", "a_rejected_rate", {"max_wait_s": 0.01, "queue_limit": 5}, "patience"),
        ("split", "a_rejected_rate", {**STEADY, **CROWD}, "patience"),
        ("semaphore", "c_rejected_rate", {"slow_start_s": 0.0, "slow_for_s": 5.0, "slow_s": 60.0}, "C is slow"),
        ("semaphore", "a_busy", {"call_timeout": True, "timeout_s": 1.4, "service_cv": 5.0}, "cut short"),
        ("split", "a_rejected_rate", {"call_timeout": True, "timeout_s": 0.1}, "exponential"),
        ("semaphore", "a_rejected_rate", {"call_timeout": True, "timeout_s": 0.1, "service_cv": 2.0}, "cut short"),
    ],
)
def test_theory_says_which_of_its_assumptions_fails(arm: str, metric: str, chosen: dict[str, Any], reason: str) -> None:
    said = theory(SLUG, arm, chosen)[metric]
    assert said.value is None
    assert reason in said.why_not


def test_few_losses_are_few_draws_and_no_percentage_is_said_of_them() -> None:
    said = {one.metric: one for one in finished(STEADY, arms=["semaphore"], duration_s=20.0).theory["semaphore"]}
    assert said["b_rejected_rate"].value is not None
    assert said["b_rejected_rate"].draws == pytest.approx(said["b_rejected_rate"].value * 40.0 * 10.0)
    assert (said["a_busy"].draws, said["a_busy"].deviation is None) == (None, False)


def test_a_schedule_outside_of_the_run_does_not_silence_theory() -> None:
    assert theory(SLUG, "semaphore", {"slow_start_s": 500.0})["c_rejected_rate"].value is not None


# What the page claims


@SEEDS
def test_one_slow_dependency_sinks_the_shared_pool_and_walls_hold(seed: int) -> None:
    found = default_run(seed)
    assert number(found["shared"], "healthy_error_rate") > 0.15
    assert number(found["split"], "healthy_error_rate") < 0.015
    assert number(found["shared"], "a_error_rate") > 20 * number(found["split"], "a_error_rate")
    assert number(found["split"], "c_error_rate") == pytest.approx(number(found["shared"], "c_error_rate"), abs=0.05)


@SEEDS
def test_walls_cost_calls_on_a_fine_day(seed: int) -> None:
    found = finished({**STEADY, "queue_limit": 0, "rate_a_rps": 80.0}, seed=seed, duration_s=30.0).metrics
    assert number(found["split"], "a_rejected_rate") > 0.15
    assert number(found["shared"], "a_rejected_rate") < 0.04
    assert number(found["split"], "beside_free_rate") > 0.08
    assert found["shared"]["beside_free_rate"] == 0.0


@SEEDS
def test_a_size_by_the_mean_is_too_small_and_one_by_the_99th_percentile_is_dear(seed: int) -> None:
    naive, right = (
        finished({"sizing": sizing}, arms=["split", "semaphore"], seed=seed, duration_s=35.0).metrics
        for sizing in ("mean", "p99")
    )
    assert number(naive["semaphore"], "a_rejected_rate") > 0.4
    assert number(right["semaphore"], "a_rejected_rate") < 0.005
    assert (naive["split"]["slots"], right["split"]["slots"]) == (4.0, 21.0)


@SEEDS
def test_a_semaphore_cannot_abandon_a_stuck_call(seed: int) -> None:
    changes = [Change(12.0, "do", "hang", None, "c")]
    found = finished(STEADY, changes, arms=["split", "semaphore"], seed=seed, duration_s=25.0).metrics
    assert number(found["semaphore"], "longest_held_s") > 12.5
    assert number(found["split"], "longest_held_s") == pytest.approx(1.0)
    own_timeout = finished({**STEADY, "call_timeout": True}, changes, arms=["semaphore"], seed=seed, duration_s=25.0).metrics
    assert number(own_timeout["semaphore"], "longest_held_s") == pytest.approx(1.0)


@SEEDS
def test_a_longer_line_makes_no_slot(seed: int) -> None:
    scene = next(scene for scene in LAB.scenes if scene.id == "line")
    chosen = {**scene.parameters, "slow_start_s": 11.0, "slow_for_s": 29.0}
    short, long = (
        finished({**chosen, "queue_limit": limit}, arms=["shared"], seed=seed, duration_s=40.0).metrics["shared"]
        for limit in (2, 200)
    )
    assert number(long, "a_p95_s") > 2.0 * number(short, "a_p95_s")
    assert number(long, "healthy_error_rate") > 0.7 * number(short, "healthy_error_rate")


@SEEDS
def test_a_timeout_inside_the_calls_keeps_even_the_shared_pool_afloat(seed: int) -> None:
    afloat = {**SHORT, "call_timeout": True, "timeout_s": 0.1}
    found = finished(afloat, arms=["shared"], seed=seed, duration_s=30.0).metrics["shared"]
    assert number(found, "a_rejected_rate") < 0.01


@SEEDS
def test_a_queue_without_end_turns_nobody_away_and_serves_few_in_time(seed: int) -> None:
    endless = {"queue_limit": 1000, "max_wait_s": 60.0, "timeout_s": 60.0, "slow_start_s": 12.0}
    found = finished(endless, arms=["shared"], seed=seed, duration_s=50.0).metrics["shared"]
    assert found["rejected_rate"] == 0.0
    assert number(found, "a_p95_s") > 10.0


def test_slow_ones_apart_each_suffers_alone() -> None:
    for target in "ab":
        found = finished(STEADY, [Change(10.0, "do", "slow", None, target)], arms=["split"], duration_s=20.0).metrics["split"]
        assert number(found, f"{target}_error_rate") > 0.9
        others = [name for name in "abc" if name != target]
        assert all(number(found, f"{name}_error_rate") < 0.05 for name in others)


def test_the_sentence_is_made_of_the_numbers() -> None:
    end = finished(SHORT, duration_s=26.0)
    assert f"{end.metrics['shared']['healthy_error_rate']:.1%}" in end.sentence
    assert "One shared pool" in end.sentence
    assert "slots that stood idle" in end.sentence


# Knobs, actions, goals


def busiest(said: list[Event], arm: str, name: str, since_s: float, until_s: float) -> float:
    values = [
        event.values[name] or 0.0
        for event in said
        if isinstance(event, Sample) and event.arm == arm and since_s < event.t <= until_s
    ]
    return max(values)


def test_actions_do_what_they_say() -> None:
    changes = [
        Change(5.0, "do", "slow", None, "b"),
        Change(10.0, "do", "recover", None, "b"),
        Change(15.0, "do", "hang", None, "a"),
        Change(20.0, "do", "recover", None, "a"),
    ]
    said = events(STEADY, changes, arms=["split"], duration_s=30.0)
    assert busiest(said, "split", "b_rejected_rate", 6.0, 10.0) > 0.8
    assert busiest(said, "split", "b_rejected_rate", 13.0, 30.0) < 0.5
    assert busiest(said, "split", "a_rejected_rate", 16.0, 20.0) == 1.0
    assert busiest(said, "split", "a_rejected_rate", 21.0, 30.0) < 0.5
    marks = [(event.node, event.value) for event in said if isinstance(event, Mark) and event.kind == "fault"]
    assert marks == [("b", "slow"), ("b", "healthy"), ("a", "hung"), ("a", "healthy")]


def test_the_schedule_slows_c_and_only_c() -> None:
    said = events(SHORT, duration_s=26.0, arms=["split"])
    marks = [(event.t, event.node, event.value) for event in said if isinstance(event, Mark) and event.kind == "fault"]
    assert marks == [(12.0, "c", "slow"), (24.0, "c", "healthy")]


def test_goals_tick_off_by_themselves() -> None:
    assert "dry" in finished({}, arms=["shared", "split"], duration_s=70.0).goals
    assert "sized" in finished(SHORT, [Change(0.0, "set", "sizing", "p99")], arms=["semaphore"], duration_s=50.0).goals
    story = [Change(0.0, "set", "queue_limit", 0), Change(11.0, "do", "hang", None, "c")]
    assert {"stuck", "premium"} <= set(finished(STEADY, story, arms=["split", "semaphore"], duration_s=40.0).goals)


def test_pools_are_resized_while_it_plays() -> None:
    said = events(STEADY, [Change(5.0, "set", "slots_a", 1), Change(10.0, "set", "sizing", "p99")], arms=ARMS, duration_s=20.0)
    pools = {(event.t, event.arm): event.nodes["pool"] for event in said if isinstance(event, Sample)}
    for arm in ARMS:
        assert [len(pools[t_s, arm].members) for t_s in (5.0, 8.0, 15.0)] == [10, 8, 21]
    assert busiest(said, "semaphore", "a_rejected_rate", 5.5, 10.0) > 0.4


def test_every_knob_can_be_turned_while_it_plays() -> None:
    assert finished({}, every_knob_turned(LAB, apart_s=0.5), duration_s=30.0).requests > 500


# Bookkeeping


def test_every_metric_series_state_and_status_said_is_declared() -> None:
    assert_declared(LAB, events(SHORT, [Change(20.0, "do", "hang", None, "a")], duration_s=26.0))


def test_no_compartment_has_more_at_work_than_slots_nor_a_longer_line_than_allowed() -> None:
    for event in events(SHORT, duration_s=26.0):
        if isinstance(event, Sample):
            values, pool = {name: value or 0.0 for name, value in event.values.items()}, event.nodes["pool"]
            assert 0 <= pool.busy <= 10
            assert 0 <= pool.queued <= (0 if event.arm == "semaphore" else 6)
            assert all(values[f"{name}_{what}"] >= 0.0 for what in ("busy", "queued") for name in "abc")
            if event.arm != "shared":
                assert all(values[f"{name}_busy"] <= slots + 1e-9 for name, slots in zip("abc", (3, 3, 4), strict=True))


def test_all_arms_meet_the_same_calls_and_equal_specs_give_equal_bytes() -> None:
    first, again = (b"\n".join(map(encode, events(SHORT, duration_s=22.0, seed=5))) for _ in range(2))
    assert first == again
    ended = [number(values, "throughput_rps") * 12.0 for values in finished(SHORT, seed=5, duration_s=22.0).metrics.values()]
    assert max(ended) - min(ended) < 30, "but for those under way"
