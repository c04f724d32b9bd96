"""What the lab's page claims, over several seeds; naive and corrected behaviour on the same traffic."""

from itertools import pairwise
from typing import Any

import pytest

from labs.experiments.spec import Change
from tests.labs.experiments.autoscaler.runs import (
    LAB,
    SEEDS,
    SMALL,
    default_run,
    end,
    events,
    marks,
    metrics,
    number,
    samples,
    small_run,
)

STEADY: dict[str, Any] = {"curve": "steady", "peak_rps": 4.5}


def scene(name: str) -> dict[str, Any]:
    return dict(next(scene for scene in LAB.scenes if scene.id == name).parameters)


def test_the_default_run_shows_a_lost_peak_and_a_second_that_was_foreseen() -> None:
    found = end(default_run()).metrics
    assert number(found["step"], "error_rate") > 0.4
    assert 0.1 < number(found["target-tracking"], "error_rate") < 0.25
    assert number(found["predictive"], "error_rate") < 0.6 * number(found["target-tracking"], "error_rate")
    assert number(found["step"], "shortage_s") == 960.0, "both spikes whole"
    assert number(found["step"], "cost") < number(found["target-tracking"], "cost") < number(found["predictive"], "cost")
    assert set(end(default_run()).goals) == {"cavalry", "foresight"}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_second_spike_finds_prediction_ready_and_tracking_as_late_as_before(seed: int) -> None:
    found = small_run(seed).metrics
    assert number(found["predictive"], "shortage_s") == 155.0
    assert number(found["target-tracking"], "shortage_s") == 310.0
    assert number(found["predictive"], "error_rate") < 0.6 * number(found["target-tracking"], "error_rate")
    assert number(found["step"], "error_rate") > 1.3 * number(found["target-tracking"], "error_rate")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_backlog_asks_for_everything(seed: int) -> None:
    found = small_run(seed).metrics
    assert found["queue-based"]["peak_instances"] == 20
    assert number(found["queue-based"], "cost") > 1.5 * number(found["target-tracking"], "cost")


@pytest.mark.parametrize("seed", SEEDS)
def test_any_action_that_starts_the_scale_in_rest_ends_the_flapping(seed: int) -> None:
    parameters = scene("two-clocks")
    split = metrics(parameters, "step", seed, 2400.0)
    shared = metrics({**parameters, "shared_cooldown": True}, "step", seed, 2400.0)
    assert number(split, "flaps") >= 3
    assert shared["flaps"] == 0
    assert number(shared, "error_rate") < 0.4 * number(split, "error_rate")


def test_flaps_are_drawn_when_they_happen() -> None:
    """Each is an order the other way within five minutes of the one before."""
    said = events(scene("two-clocks"), ("step",), duration_s=2400.0)
    orders = [(mark.t, mark.value) for mark in marks(said, "scale")]
    undone = [later for (earlier, before), (later, after) in pairwise(orders) if before != after and later - earlier < 300.0]
    assert undone
    for sample in samples(said, "step"):
        assert sample.values["flaps"] == sum(at_s <= sample.t for at_s in undone)


@pytest.mark.parametrize("seed", [1])
def test_a_stabilisation_window_longer_than_the_wave_is_calm_and_none_flaps(seed: int) -> None:
    parameters = scene("two-clocks")
    for window_s, calm in ((600.0, True), (0.0, False)):
        values = metrics({**parameters, "stabilise_s": window_s}, "target-tracking", seed, 2400.0)
        assert (values["flaps"] == 0) is calm


SLOW = (Change(300.0, "do", "slow-database"),)


@pytest.mark.parametrize("seed", SEEDS)
def test_latency_as_a_signal_scales_the_wrong_tier(seed: int) -> None:
    without = metrics({**STEADY, "use_p95": False}, "step", seed, 2000.0, SLOW)
    with_it = metrics({**STEADY, "use_p95": True}, "step", seed, 2000.0, SLOW)
    assert without["peak_instances"] == 2
    assert number(with_it, "peak_instances") >= 6
    assert number(with_it, "p95_s") > 0.8 * number(without, "p95_s"), "and none of them helps"


def test_a_service_slower_than_the_lower_threshold_never_scales_in_again() -> None:
    quick = {**SMALL, "cooldown_out_s": 60.0, "cooldown_in_s": 60.0}
    without = samples(events(quick, ("step",), duration_s=1200.0), "step")[-1]
    with_it = samples(events({**quick, "use_p95": True}, ("step",), duration_s=1200.0), "step")[-1]
    assert without.values["serving"] == 2
    assert (with_it.values["serving"] or 0) >= 5


def test_memory_that_is_never_given_back_forbids_scaling_in() -> None:
    quick = {**SMALL, "cooldown_out_s": 60.0, "cooldown_in_s": 60.0, "heap_keeps": True}
    kept = samples(events(quick, ("step",), duration_s=1200.0), "step")[-1]
    left_out = samples(events({**quick, "use_memory": False}, ("step",), duration_s=1200.0), "step")[-1]
    assert (kept.values["serving"] or 0) >= 5
    assert left_out.values["serving"] == 2


@pytest.mark.parametrize("seed", SEEDS)
def test_a_snapshot_takes_chance_for_load(seed: int) -> None:
    near = {**STEADY, "peak_rps": 5.75, "cooldown_out_s": 60.0, "cooldown_in_s": 60.0}
    assert metrics({**near, "window_s": 60.0}, "step", seed, 2400.0)["scale_actions"] == 0
    assert number(metrics({**near, "window_s": 5.0}, "step", seed, 2400.0), "scale_actions") >= 1


def test_booting_instances_that_count_as_ready_talk_the_step_out_of_its_orders() -> None:
    quick = {**SMALL, "cooldown_out_s": 60.0, "step_size": 4, "peak_rps": 17.5}
    ready = metrics({**quick, "ready_only": True}, "step", 1, 1000.0)
    all_of_them = metrics({**quick, "ready_only": False}, "step", 1, 1000.0)
    assert number(ready, "peak_instances") > number(all_of_them, "peak_instances")


@pytest.mark.parametrize("seed", SEEDS)
def test_more_instances_than_the_database_bears_serve_less(seed: int) -> None:
    crowd = {**SMALL, "peak_s": 400.0, "peak_rps": 17.5, "query_s": 0.08, "database_connections": 80}
    free = metrics(crowd, "queue-based", seed, 700.0)
    guarded = metrics({**crowd, "guard_downstream": True}, "queue-based", seed, 700.0)
    assert number(free, "peak_instances") == 20
    assert number(guarded, "peak_instances") == 8
    assert number(guarded, "goodput_rps") > 1.2 * number(free, "goodput_rps")


def test_draining_loses_nothing_and_leaving_at_once_does() -> None:
    long_work = {**SMALL, "curve": "diurnal", "work_s": 4.0, "peak_rps": 2.5, "base_rps": 0.5, "stabilise_s": 0.0}
    assert metrics({**long_work, "drain": True}, "target-tracking")["dropped"] == 0
    assert number(metrics({**long_work, "drain": False}, "target-tracking"), "dropped") > 0


def test_a_share_that_saturates_is_slower_than_the_load() -> None:
    by_cpu = metrics({**SMALL, "tracks": "cpu"}, "target-tracking", 1, 700.0)
    by_load = metrics({**SMALL, "tracks": "load"}, "target-tracking", 1, 700.0)
    assert number(by_cpu, "error_rate") > 1.2 * number(by_load, "error_rate")


def test_a_wrong_calendar_is_worth_nothing() -> None:
    right = metrics(SMALL, "predictive")
    wrong = metrics({**SMALL, "season_s": 1800.0}, "predictive")
    assert number(wrong, "error_rate") > 1.5 * number(right, "error_rate")


# The cloud


def test_a_quota_gives_what_it_has_and_the_loop_says_so() -> None:
    said = events({**SMALL, "quota": 4}, ("target-tracking",), duration_s=700.0)
    assert end(said).metrics["target-tracking"]["peak_instances"] == 4
    assert any("quota" in mark.text for mark in marks(said, "note"))
    assert number(end(said).metrics["target-tracking"], "cloud_errors") >= 1


def test_orders_that_fail_are_given_again() -> None:
    values = metrics({**SMALL, "api_failure_rate": 0.8}, "target-tracking", 1, 1100.0)
    assert number(values, "cloud_errors") >= 1
    assert number(values, "peak_instances") >= 6


def test_an_order_counts_when_the_cloud_has_taken_it() -> None:
    late = {**SMALL, "api_delay_s": 30.0}
    first = marks(events(late, ("target-tracking",), duration_s=700.0), "scale")[0]
    assert first.t == 390.0
