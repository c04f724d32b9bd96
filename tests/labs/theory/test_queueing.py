"""Against values that textbooks and tables print."""

from collections.abc import Callable
from math import exp, lgamma, log

import pytest

from labs.theory.queueing import (
    erlang_b,
    erlang_c,
    little_number,
    mg1_mean_wait_s,
    mgc_mean_wait_s,
    mm1_mean_number,
    mm1_mean_time_s,
    mm1k_blocking,
    mm1k_throughput_rps,
    mmc_mean_time_s,
    mmc_mean_wait_s,
    mmc_time_exceeds,
    mmc_wait_exceeds,
    mmc_wait_quantile_s,
    mmck_blocking,
    mmck_mean_queue,
    mmck_mean_time_s,
    mmck_mean_wait_s,
    mmck_states,
    mmck_throughput_rps,
    mmck_utilization,
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


@pytest.mark.parametrize("limit_s", [0.0, 0.3, 2.0, 40.0])
def test_the_time_of_mm1_is_exponential(limit_s: float) -> None:
    assert mmc_time_exceeds(0.5, 1.0, 1, limit_s).value == pytest.approx(exp(-0.5 * limit_s))


def test_the_time_exceeds_as_the_wait_and_the_work_add_up() -> None:
    """Two servers at one erlang wait with 1/3, at rate 1 as they work: exp(-t) (1 + t / 3); by integration elsewhere."""
    assert mmc_time_exceeds(1.0, 1.0, 2, 3.0).value == pytest.approx(exp(-3.0) * 2.0)
    waits, steps, limit_s = erlang_c(3, 2.5).value or 0.0, 20_000, 4.0
    late = sum(  # waited at_s, and the work takes longer than the rest
        0.5 * exp(-0.5 * at_s) * exp(-(limit_s - at_s)) * limit_s / steps
        for at_s in ((step + 0.5) * limit_s / steps for step in range(steps))
    )
    by_hand = (1.0 - waits) * exp(-limit_s) + waits * (late + exp(-0.5 * limit_s))
    assert mmc_time_exceeds(2.5, 1.0, 3, limit_s).value == pytest.approx(by_hand, rel=1e-6)


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


def test_a_bounded_queue_with_several_servers_against_a_textbook_case() -> None:
    """A car inspection with 3 stands and 4 more places, 1 a minute, 6 minutes each (Gross et al., example 2.6)."""
    chosen = (1.0, 6.0, 3, 7)
    assert mmck_states(*chosen)[0] == pytest.approx(0.00088, abs=1e-5)
    assert mmck_mean_queue(*chosen).value == pytest.approx(3.09, abs=5e-3)
    assert sum(number * share for number, share in enumerate(mmck_states(*chosen))) == pytest.approx(6.06, abs=5e-3)
    assert mmck_mean_time_s(*chosen).value == pytest.approx(12.3, abs=0.06)
    blocked_an_hour = 60.0 * (mmck_blocking(*chosen).value or 0.0)
    assert blocked_an_hour == pytest.approx(30.4, abs=0.15)  # the book goes on from its rounded share of 0.00088


@pytest.mark.parametrize(("load", "places"), [(0.5, 1), (1.0, 4), (2.0, 6), (0.9, 30)])
def test_with_one_server_it_is_mm1k(load: float, places: int) -> None:
    assert mmck_blocking(load, 1.0, 1, places).value == pytest.approx(mm1k_blocking(load, 1.0, places).value)
    assert mmck_throughput_rps(load, 1.0, 1, places).value == pytest.approx(mm1k_throughput_rps(load, 1.0, places).value)


@pytest.mark.parametrize(("servers", "erlangs"), [(1, 0.5), (4, 3.0), (10, 14.0)])
def test_without_waiting_places_it_is_erlang_s_loss(servers: int, erlangs: float) -> None:
    assert mmck_blocking(erlangs, 1.0, servers, servers).value == pytest.approx(erlang_b(servers, erlangs).value)
    assert mmck_mean_wait_s(erlangs, 1.0, servers, servers).value == 0.0


def test_with_many_places_it_is_erlang_s_delay() -> None:
    assert mmck_mean_wait_s(6.4, 1.0, 8, 2000).value == pytest.approx(mmc_mean_wait_s(6.4, 1.0, 8).value)
    assert mmck_utilization(6.4, 1.0, 8, 2000).value == pytest.approx(0.8)
    assert mmck_blocking(40.0, 1.0, 8, 5000).value == pytest.approx(0.8)


def test_states_balance_what_comes_with_what_goes() -> None:
    states = mmck_states(7.0, 0.5, 3, 12)
    assert sum(states) == pytest.approx(1.0)
    for number in range(12):
        assert states[number] * 7.0 == pytest.approx(states[number + 1] * min(number + 1, 3) / 0.5)


def test_variable_service_lengthens_the_queue() -> None:
    """M/D/1 waits half of M/M/1; Pollaczek and Khinchine: rate * E[S^2] / 2(1 - rho)."""
    assert mg1_mean_wait_s(0.8, 1.0, 0.0).value == pytest.approx(2.0)
    assert mg1_mean_wait_s(0.8, 1.0, 1.0).value == pytest.approx(4.0)
    assert mg1_mean_wait_s(0.5, 1.2, 2.0).value == pytest.approx(0.5 * (1.2**2 * 5.0) / (2.0 * 0.4))
    assert mgc_mean_wait_s(0.8, 1.0, 1, 2.0).value == pytest.approx(10.0)


@pytest.mark.parametrize(("servers", "load", "near"), [(2, 0.8, 0.05), (4, 0.9, 0.05), (8, 0.9, 0.07), (8, 0.6, 0.25)])
def test_constant_service_at_several_servers_is_near_the_exact_wait(servers: int, load: float, near: float) -> None:
    """Exact for M/D/c (Crommelin): who is inside a service time later came in it, or waited at its beginning."""
    rate_rps = load * servers
    came = [exp(-rate_rps + number * log(rate_rps) - lgamma(number + 1)) for number in range(100)]
    inside = [1.0] + [0.0] * 199
    for _ in range(120):
        later = [0.0] * 200
        for number, share in enumerate(inside):
            if share > 1e-15:
                for more, chance in enumerate(came[: 200 - max(0, number - servers)]):
                    later[max(0, number - servers) + more] += share * chance
        inside = later
    exact_s = sum((number - servers) * share for number, share in enumerate(inside) if number > servers) / rate_rps
    assert mgc_mean_wait_s(rate_rps, 1.0, servers, 0.0).value == pytest.approx(exact_s, rel=near)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: mmck_states(1.0, 1.0, 3, 2),
        lambda: mmck_states(0.0, 1.0, 3, 4),
        lambda: mmck_blocking(1.0, -1.0, 3, 4),
        lambda: mgc_mean_wait_s(1.0, 0.5, 2, -0.1),
    ],
)
def test_impossible_queues_are_refused(wrong: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"not|few"):
        wrong()


@pytest.mark.parametrize(("servers", "load"), [(1, 0.8), (4, 0.9), (10, 0.95)])
def test_a_quantile_of_the_wait_is_exceeded_by_the_rest(servers: int, load: float) -> None:
    wait_s = mmc_wait_quantile_s(load * servers, 1.0, servers, 0.95).value
    assert wait_s is not None
    assert mmc_wait_exceeds(load * servers, 1.0, servers, wait_s).value == pytest.approx(0.05)
    assert mmc_wait_quantile_s(0.5, 1.0, 10, 0.5).value == 0.0
    with pytest.raises(ValueError, match="between 0 and 1"):
        mmc_wait_quantile_s(1.0, 0.5, 1, 1.0)
