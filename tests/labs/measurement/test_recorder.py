import pytest

from labs.measurement.recorder import Recorder


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_counter_shows_the_last_bin_and_sums_up_after_the_warm_up(clock: Clock) -> None:
    recorder = Recorder(clock, warm_up_s=1.0)
    counter = recorder.counter()
    for end_s, amount in ((0.5, 5), (1.0, 7), (1.5, 3), (2.0, 2)):
        counter.add(amount)
        clock.now_s = end_s
        recorder.close_bin()
        assert counter.last == amount
    assert counter.total == 5
    assert counter.history == [3, 2]
    assert recorder.measured_s == 1.0


def test_samples_have_exact_quantiles_in_the_bin_and_remember_all_of_them(clock: Clock) -> None:
    recorder = Recorder(clock)
    samples = recorder.samples()
    for bin_values in ([3.0, 1.0, 2.0], [10.0]):
        for value in bin_values:
            samples.record(value)
        clock.now_s += 1.0
        recorder.close_bin()
    assert samples.last_quantile(0.5) == 10.0
    assert samples.last_mean() == 10.0
    assert samples.quantile(0.5) == pytest.approx(2.0, rel=0.004)
    assert samples.mean == 4.0


def test_an_empty_bin_has_no_quantile(clock: Clock) -> None:
    recorder = Recorder(clock)
    samples = recorder.samples()
    samples.record(1.0)
    recorder.close_bin()
    recorder.close_bin()
    assert samples.last_quantile(0.99) is None


def test_a_level_is_weighted_by_the_time_for_which_it_held(clock: Clock) -> None:
    recorder = Recorder(clock, warm_up_s=2.0)
    level = recorder.level(100.0)
    clock.now_s = 2.0
    recorder.close_bin()
    level.set(0.0)
    clock.now_s = 3.5
    level.set(4.0)
    clock.now_s = 4.0
    recorder.close_bin()
    assert level.last == pytest.approx(1.0)
    assert level.mean == pytest.approx(1.0), "the warm-up's 100 must not count"
    clock.now_s = 6.0
    recorder.close_bin()
    assert level.last == pytest.approx(4.0)
    assert level.mean == pytest.approx(2.5)


def test_outcomes_are_counted_by_kind(clock: Clock) -> None:
    recorder = Recorder(clock)
    outcomes = recorder.outcomes()
    outcomes.ok += 2
    outcomes.timed_out += 1
    recorder.close_bin()
    assert outcomes.last == (2, 0, 0, 0, 1)
    recorder.close_bin()
    assert outcomes.last == (0, 0, 0, 0, 0)
    assert outcomes.total == (2, 0, 0, 0, 1)


def test_a_bin_that_begins_within_the_warm_up_is_left_out_whole(clock: Clock) -> None:
    recorder = Recorder(clock, warm_up_s=1.2)
    counter = recorder.counter()
    for _ in range(4):
        counter.add()
        clock.now_s += 0.5
        recorder.close_bin()
    assert counter.total == 1
