from typing import Any

import pytest

from labs.patterns.naive_step_scaler import Band, StepScaler
from labs.patterns.scaling import Signals
from tests.labs.patterns.fleet import signals

QUIET: dict[str, Any] = {"cpu": 0.1, "memory": 0.3, "rate_rps": 2.0}
BUSY: dict[str, Any] = {"cpu": 0.9, "memory": 0.3, "rate_rps": 18.0}


def direction(scaler: StepScaler, at_s: float = 0.0, ready: int = 2, **seen: Any) -> str:
    return scaler.decide(signals(at_s, ready, **seen)).direction


@pytest.mark.parametrize("seen", [{"cpu": 0.71}, {"memory": 0.81}, {"rate_rps": 16.1}])
def test_any_signal_above_its_threshold_scales_out(seen: dict[str, float]) -> None:
    assert direction(StepScaler(), **{**QUIET, **seen}) == "up"


@pytest.mark.parametrize("seen", [{"cpu": 0.31}, {"memory": 0.51}, {"rate_rps": 6.1}])
def test_one_signal_in_between_keeps_it_from_scaling_in(seen: dict[str, float]) -> None:
    assert direction(StepScaler(), **QUIET) == "down"
    assert direction(StepScaler(), **{**QUIET, **seen}) == "none"


def test_nothing_measured_is_no_reason_to_scale() -> None:
    assert direction(StepScaler()) == "none"


def test_from_2_to_20_takes_85_minutes() -> None:
    scaler, size, minute = StepScaler(), 2, 0
    while size < 20:
        size = scaler.decide(Signals(minute * 60.0, size, cpu=1.0)).wanted
        minute += 1
    assert minute - 1 == 85


def test_cooldowns_that_do_not_see_each_other_undo_a_step_within_a_minute() -> None:
    """The first scale-in is always allowed: its clock starts with the epoch."""
    scaler = StepScaler()
    assert direction(scaler, 0.0, **BUSY) == "up"
    assert direction(scaler, 60.0, 3, **QUIET) == "down"
    assert direction(scaler, 120.0, **BUSY) == "none", "the way out rests"


def test_any_action_starts_the_scale_in_clock_where_it_is_shared() -> None:
    scaler = StepScaler(shared_cooldown=True)
    assert direction(scaler, 0.0, **BUSY) == "up"
    assert direction(scaler, 60.0, 3, **QUIET) == "none"
    assert direction(scaler, 600.0, 3, **QUIET) == "down"


def test_it_rests_after_each_step() -> None:
    scaler = StepScaler()
    assert [direction(scaler, at_s, **BUSY) for at_s in (0.0, 299.0, 300.0)] == ["up", "none", "up"]
    scaler = StepScaler()
    assert [direction(scaler, at_s, 9, **QUIET) for at_s in (0.0, 599.0, 600.0)] == ["down", "none", "down"]


def test_memory_that_is_never_given_back_forbids_scaling_in() -> None:
    held = {**QUIET, "memory": 0.6}
    assert all(direction(StepScaler(), hour * 3600.0, 9, **held) == "none" for hour in range(24))
    assert direction(StepScaler(memory=None), 0.0, 9, **held) == "down"


def test_the_forgotten_row_for_latency() -> None:
    slow = {**QUIET, "p95_s": 0.6}
    assert direction(StepScaler(), **slow) == "down"
    assert direction(StepScaler(p95_s=Band(0.5, 0.1)), **slow) == "up"
    assert direction(StepScaler(p95_s=Band(0.5, 0.1)), **{**QUIET, "p95_s": 0.2}) == "none"
