"""Against traffic tables, and against states counted one by one."""

from itertools import product
from math import exp, factorial
from random import Random

import pytest

from labs.theory.bulkhead import (
    Pool,
    last_waits_longer,
    pool_loss,
    pooling_loss,
    shared_loss,
    slots_by_little,
    split_loss,
)

THREE = (Pool(40.0, 0.025, 3), Pool(40.0, 0.025, 3), Pool(30.0, 0.05, 4))


def counted_loss(pools: tuple[Pool, ...], slots: int) -> float:
    """Calls of all pools in one room of `slots`: the product form over every state, of which the full ones are lost."""
    full = total = 0.0
    for state in product(range(slots + 1), repeat=len(pools)):
        if sum(state) > slots:
            continue
        weight = 1.0
        for number, pool in zip(state, pools, strict=True):
            weight *= pool.load**number / factorial(number)
        total += weight
        full += weight if sum(state) == slots else 0.0
    return full / total


@pytest.mark.parametrize(
    ("slots", "load", "share"), [(5, 1.361, 0.01), (5, 2.219, 0.05), (10, 4.461, 0.01), (10, 6.216, 0.05), (3, 1.0, 1 / 16)]
)
def test_a_pool_loses_what_the_traffic_tables_say(slots: int, load: float, share: float) -> None:
    assert pool_loss(Pool(load, 1.0, slots)).value == pytest.approx(share, rel=0.01)


def test_ten_shared_slots_carry_at_one_per_cent_what_two_walls_of_five_turn_away_at_five() -> None:
    pools = (Pool(2.219, 1.0, 5), Pool(2.219, 1.0, 5))
    assert split_loss(pools).value == pytest.approx(0.05, rel=0.01)
    assert shared_loss(pools).value == pytest.approx(0.0097, rel=0.01)
    assert pooling_loss(pools).value == pytest.approx(0.0403, rel=0.01)


def test_a_shared_pool_is_erlangs_of_the_sums_whatever_the_mix_of_times() -> None:
    for pools in (THREE, (Pool(1.0, 0.1, 2), Pool(3.0, 2.0, 4))):
        slots = sum(pool.slots for pool in pools)
        assert shared_loss(pools).value == pytest.approx(counted_loss(pools, slots), rel=1e-9)


def test_split_pools_lose_the_mean_of_their_losses_weighted_by_calls() -> None:
    lost = sum(pool.rate_rps * counted_loss((pool,), pool.slots) for pool in THREE)
    assert split_loss(THREE).value == pytest.approx(lost / 110.0, rel=1e-9)


def test_walls_between_like_pools_never_gain() -> None:
    rng = Random(4)
    for _ in range(200):
        mean_s = rng.uniform(0.01, 1.0)
        pools = [Pool(rng.uniform(0.1, 40.0), mean_s, rng.randint(1, 12)) for _ in range(rng.randint(2, 5))]
        assert (pooling_loss(pools).value or 0.0) >= -1e-12


def test_with_very_different_times_a_wall_can_protect_the_short_calls() -> None:
    assert (pooling_loss([Pool(1000.0, 0.001, 5), Pool(1.0, 10.0, 5)]).value or 0.0) < 0.0


def test_a_queue_turns_away_less() -> None:
    """M/M/3/5 at one erlang, by hand: the states' weights are 1, 1, 1/2, 1/6, 1/18, 1/54."""
    assert pool_loss(THREE[0], 2).value == pytest.approx((1 / 54) / (1 + 1 + 1 / 2 + 1 / 6 + 1 / 18 + 1 / 54))


@pytest.mark.parametrize(
    ("rate_rps", "time_s", "headroom", "slots"),
    [(40.0, 0.025, 0.0, 1), (40.0, 0.115, 0.25, 6), (30.0, 0.23, 0.25, 9), (100.0, 0.5, 0.0, 50), (0.01, 0.1, 0.0, 1)],
)
def test_sizes_by_littles_law(rate_rps: float, time_s: float, headroom: float, slots: int) -> None:
    assert slots_by_little(rate_rps, time_s, headroom) == slots


def test_a_pool_of_the_mean_turns_away_half_and_one_of_the_99th_percentile_hardly_any() -> None:
    p99_s = 0.025 * 4.605
    assert pool_loss(Pool(40.0, 0.025, slots_by_little(40.0, 0.025))).value == pytest.approx(0.5)
    assert (pool_loss(Pool(40.0, 0.025, slots_by_little(40.0, p99_s, 0.25))).value or 1.0) < 0.001


def test_the_wait_of_the_last_in_line_is_a_sum_of_exponential_times() -> None:
    assert last_waits_longer(1.0, 1, 1, 2.0).value == pytest.approx(exp(-2.0))
    assert last_waits_longer(0.5, 2, 2, 1.0).value == pytest.approx(exp(-4.0) * (1.0 + 4.0))
    assert last_waits_longer(0.5, 2, 0, 1.0).value == 0.0
    assert last_waits_longer(0.3, 100, 1001, 3.0).value == pytest.approx(0.5, abs=0.02), "a Poisson number's median is its mean"
    assert last_waits_longer(0.5, 2, 3, 0.0).value == 1.0
    rng, longer = Random(5), 0
    for _ in range(20_000):
        longer += sum(rng.expovariate(4.0 / 0.2) for _ in range(5)) > 0.3
    assert last_waits_longer(0.2, 4, 5, 0.3).value == pytest.approx(longer / 20_000, abs=0.01)


def test_impossible_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="erlangs"):
        pool_loss(Pool(-1.0, 0.1, 3))
    with pytest.raises(ValueError, match="rate"):
        split_loss(())
    with pytest.raises(ValueError, match="headroom"):
        slots_by_little(1.0, 1.0, -0.5)
    with pytest.raises(ValueError, match="above 0"):
        slots_by_little(0.0, 1.0)
