"""Against the queue without impatience, the loss system, and the densities and chains reckoned by hand."""

from collections.abc import Callable
from math import exp

import pytest

from labs.theory.pool import SharedPool, give_up_share, mean_busy, mean_wait_s, shared_rate_rps, wait_share
from labs.theory.queueing import erlang_b, erlang_c, mmc_mean_wait_s


@pytest.mark.parametrize(("servers", "rate_rps"), [(1, 0.7), (4, 3.0), (10, 8.5)])
def test_with_endless_patience_it_is_erlang_s_delay(servers: int, rate_rps: float) -> None:
    assert give_up_share(rate_rps, 1.0, servers, 300.0).value == pytest.approx(0.0, abs=1e-9)
    assert wait_share(rate_rps, 1.0, servers, 300.0).value == pytest.approx(erlang_c(servers, rate_rps).value)
    assert mean_wait_s(rate_rps, 1.0, servers, 300.0).value == pytest.approx(mmc_mean_wait_s(rate_rps, 1.0, servers).value)


@pytest.mark.parametrize(("servers", "rate_rps"), [(1, 0.7), (4, 6.0), (10, 10.0)])
def test_without_patience_it_is_erlang_s_loss(servers: int, rate_rps: float) -> None:
    assert give_up_share(rate_rps, 1.0, servers, 1e-9).value == pytest.approx(erlang_b(servers, rate_rps).value, abs=1e-6)


@pytest.mark.parametrize(("servers", "rate_rps", "patience_s"), [(2, 1.5, 1.0), (5, 7.0, 0.5), (5, 5.0, 2.0), (1, 3.0, 1.0)])
def test_who_gives_up_follows_from_the_density_of_the_wait(servers: int, rate_rps: float, patience_s: float) -> None:
    """Below its patience the offered wait has density p(c-1) λ e^(-(cμ-λ)x), above it p(c-1) λ e^(λD - cμx) (Barrer)."""
    counts = [1.0]
    for number in range(1, servers):
        counts.append(counts[-1] * rate_rps / number)
    step_s, waited, area = patience_s / 20_000, 0.0, 0.0
    for place in range(20_000):
        at_s = (place + 0.5) * step_s
        weight = counts[-1] * rate_rps * exp((rate_rps - servers) * at_s) * step_s
        area += weight
        waited += at_s * weight
    late = counts[-1] * rate_rps * exp((rate_rps - servers) * patience_s) / servers
    total = sum(counts) + area + late
    assert give_up_share(rate_rps, 1.0, servers, patience_s).value == pytest.approx(late / total, rel=1e-4)
    assert wait_share(rate_rps, 1.0, servers, patience_s).value == pytest.approx((area + late) / total, rel=1e-4)
    assert mean_wait_s(rate_rps, 1.0, servers, patience_s).value == pytest.approx(
        (waited + patience_s * late) / total, rel=1e-4
    )


def test_few_who_give_up_are_reckoned_as_exactly_as_many() -> None:
    """One server: ρ (1 - ρ) L / (1 - ρ² L) with L = e^-(μ-λ)D, however small that is."""
    for patience_s in (1.0, 40.0, 200.0, 400.0):
        late = exp(-0.3 * patience_s)
        exact = 0.7 * 0.3 * late / (1.0 - 0.7**2 * late)
        assert give_up_share(0.7, 1.0, 1, patience_s).value == pytest.approx(exact, rel=1e-9)


def test_served_and_given_up_balance() -> None:
    """What is not given up keeps the servers busy, and never more than there are."""
    for rate_rps in (1.0, 4.0, 12.0):
        lost, busy = give_up_share(rate_rps, 1.0, 4, 0.5).value, mean_busy(rate_rps, 1.0, 4, 0.5).value
        assert lost is not None
        assert busy is not None
        assert busy == pytest.approx(rate_rps * (1.0 - lost))
        assert busy < 4.0


def test_a_pool_no_larger_than_the_cores_is_mmc() -> None:
    found = SharedPool(70.0, 0.1, 8, 8, 0.05)
    assert found.mean_wait_s.value == pytest.approx(mmc_mean_wait_s(70.0, 0.1, 8).value)
    assert found.active.value == pytest.approx(7.0)
    assert found.wait_share.value == pytest.approx(erlang_c(8, 7.0).value)


def test_without_contention_the_pool_s_size_beyond_the_cores_changes_nothing_in_all() -> None:
    erlang = mmc_mean_wait_s(70.0, 0.1, 8).value
    assert erlang is not None
    for size in (8, 20, 100):
        assert SharedPool(70.0, 0.1, size, 8, 0.0).mean_time_s.value == pytest.approx(erlang + 0.1)


def test_a_crowded_database_does_less() -> None:
    """50 at once on 8 cores, 2 % each: 8 / 0.05 / (1 + 0.02 * 42) = 87 a second, less than the 100 that come."""
    assert shared_rate_rps(8, 0.05, 8, 0.02) == pytest.approx(160.0)
    assert shared_rate_rps(50, 0.05, 8, 0.02) == pytest.approx(86.96, abs=0.01)
    assert SharedPool(100.0, 0.05, 20, 8, 0.02).mean_wait_s.value is not None
    assert "more work arrives" in SharedPool(100.0, 0.05, 50, 8, 0.02).mean_wait_s.why_not


def test_the_chain_balances_up_and_down() -> None:
    """State by state: as often as somebody comes to n, somebody leaves n + 1."""
    found, states = SharedPool(100.0, 0.05, 20, 8, 0.02), [1.0]
    for above in range(1, 2000):
        states.append(states[-1] * 100.0 / shared_rate_rps(min(above, 20), 0.05, 8, 0.02))
    total, numbers = sum(states), range(2000)
    assert found.wait_share.value == pytest.approx(sum(states[20:]) / total)
    assert found.active.value == pytest.approx(sum(min(n, 20) * states[n] for n in numbers) / total)
    assert found.mean_wait_s.value == pytest.approx(sum(max(0, n - 20) * states[n] for n in numbers) / total / 100.0)
    assert found.mean_time_s.value == pytest.approx(sum(n * states[n] for n in numbers) / total / 100.0)


def test_extremes_neither_overflow_nor_take_long() -> None:
    """A minute's patience at two and a half times the load; a pool so large that nobody waits; a hair below full load."""
    assert give_up_share(100.0, 0.05, 2, 60.0).value == pytest.approx(0.6)
    assert mean_wait_s(100.0, 0.05, 2, 60.0).value == pytest.approx(60.0, rel=1e-3)
    assert wait_share(1.0, 0.001, 200, 1.0).value == 0.0
    assert SharedPool(159.99999, 0.05, 20, 8, 0.0).mean_wait_s.value == pytest.approx(1e5, rel=0.01)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: give_up_share(1.0, 1.0, 0, 1.0),
        lambda: mean_wait_s(1.0, 1.0, 1, 0.0),
        lambda: wait_share(-1.0, 1.0, 1, 1.0),
        lambda: SharedPool(1.0, 1.0, 0, 1, 0.0),
        lambda: SharedPool(1.0, 1.0, 1, 1, -0.1),
    ],
)
def test_impossible_pools_are_refused(wrong: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="not"):
        wrong()
