import pytest

from labs.patterns.queue_scaler import QueueScaler, per_instance
from tests.labs.patterns.fleet import signals


@pytest.mark.parametrize(("acceptable_s", "work_s", "slots", "jobs"), [(10.0, 0.1, 1, 100.0), (60.0, 0.5, 4, 480.0)])
def test_how_much_may_wait_follows_from_how_long_it_may(acceptable_s: float, work_s: float, slots: int, jobs: float) -> None:
    assert per_instance(acceptable_s, work_s, slots) == pytest.approx(jobs)


@pytest.mark.parametrize(("in_hand", "wanted"), [(4.0, 2), (4.3, 2), (40.0, 20), (41.0, 21), (9.0, 5)])
def test_work_in_hand_divided_by_what_one_may_have(in_hand: float, wanted: int) -> None:
    assert QueueScaler(2.0).decide(signals(in_flight=in_hand)).wanted == wanted


def test_a_backlog_asks_for_everything_at_once_and_then_for_little() -> None:
    scaler = QueueScaler(2.0, stabilise_in_s=300.0)
    assert scaler.decide(signals(0.0, 2, in_flight=42.0)).wanted == 21
    assert scaler.decide(signals(60.0, 21, in_flight=10.0)).wanted == 21
    assert scaler.decide(signals(400.0, 21, in_flight=10.0)).wanted == 5


def test_a_queue_that_was_not_measured_is_no_empty_queue() -> None:
    assert QueueScaler(2.0).decide(signals(ready=9)).wanted == 9


@pytest.mark.parametrize("tolerance", [0.0, 0.1])
def test_no_instance_and_some_work_want_one(tolerance: float) -> None:
    assert QueueScaler(2.0, tolerance=tolerance).decide(signals(ready=0, in_flight=1.0)).wanted == 1
