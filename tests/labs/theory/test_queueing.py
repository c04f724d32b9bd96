"""Against values that textbooks and tables print."""

import pytest

from labs.theory.queueing import (
    erlang_b,
    erlang_c,
    little_number,
    mm1_mean_number,
    mm1_mean_time_s,
    mm1k_blocking,
    mm1k_throughput_rps,
    mmc_mean_time_s,
    mmc_mean_wait_s,
    mmc_wait_exceeds,
)


@pytest.mark.parametrize(
    ("servers", "erlangs", "blocked"),
    [(1, 1.0, 0.5), (2, 1.0, 0.2), (10, 4.461, 0.01), (20, 12.03, 0.01), (5, 2.881, 0.1), (100, 84.06, 0.01)],
)
def test_erlang_b_is_that_of_the_traffic_tables(servers: int, erlangs: float, blocked: float) -> None:
    assert erlang_b(servers, erlangs).value == pytest.approx(blocked, rel=0.02)


@pytest.mark.parametrize(("servers", "erlangs", "waits"), [(1, 0.8, 0.8), (2, 1.0, 1 / 3), (8, 6.4, 0.4576), (3, 2.0, 4 / 9)])
def test_erlang_c(servers: int, erlangs: float, waits: float) -> None:
    assert erlang_c(servers, erlangs).value == pytest.approx(waits, abs=1e-4)


def test_mm1_at_eighty_per_cent() -> None:
    assert mm1_mean_time_s(0.8, 1.0).value == pytest.approx(5.0)
    assert mm1_mean_number(0.8, 1.0).value == pytest.approx(4.0)
    assert mmc_mean_wait_s(0.8, 1.0, 1).value == pytest.approx(4.0)


def test_little_ties_number_and_time_together() -> None:
    time_s = mm1_mean_time_s(0.8, 1.0).value
    assert time_s is not None
    assert little_number(0.8, time_s).value == pytest.approx(mm1_mean_number(0.8, 1.0).value)


def test_one_queue_for_two_servers_beats_two_queues() -> None:
    together, apart = mmc_mean_time_s(1.6, 1.0, 2).value, mm1_mean_time_s(0.8, 1.0).value
    assert together is not None
    assert apart is not None
    assert together == pytest.approx(2.7778, abs=1e-4)
    assert together < apart


def test_the_wait_of_mm1_is_exponential() -> None:
    assert mmc_wait_exceeds(0.5, 1.0, 1, 0.0).value == pytest.approx(0.5)
    assert mmc_wait_exceeds(0.5, 1.0, 1, 2.0).value == pytest.approx(0.5 * 2.718281828**-1.0)


def test_overload_has_no_steady_state() -> None:
    for form in (erlang_c(2, 2.0), mmc_mean_wait_s(3.0, 1.0, 2), mm1_mean_number(1.0, 1.0), mm1_mean_time_s(1.2, 1.0)):
        assert form.value is None
        assert "more work arrives" in form.why_not


@pytest.mark.parametrize(("load", "places", "blocked"), [(1.0, 4, 0.2), (0.5, 1, 1 / 3), (2.0, 1, 2 / 3), (0.8, 5, 0.08881)])
def test_blocking_of_a_bounded_queue(load: float, places: int, blocked: float) -> None:
    assert mm1k_blocking(load, 1.0, places).value == pytest.approx(blocked, abs=1e-5)


def test_a_bounded_queue_serves_at_most_its_capacity() -> None:
    assert mm1k_throughput_rps(1e6, 1.0, 50).value == pytest.approx(1.0)
    assert mm1k_blocking(10.0, 1.0, 5000).value == pytest.approx(0.9)
