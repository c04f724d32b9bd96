"""Against numeric integration, simulation of the chain by hand, and cases that can be reckoned in one's head."""

from collections.abc import Callable
from math import exp

import pytest

from labs.theory.overload import collapse_s, mmc_in_time, mmck_in_time, recovery_s
from labs.theory.queueing import mmck_blocking, mmck_states


def test_with_endless_patience_all_who_are_let_in_are_answered() -> None:
    for servers, places in ((1, 5), (4, 20)):
        blocked = mmck_blocking(3.0, 1.0, servers, places).value
        assert blocked is not None
        assert mmck_in_time(3.0, 1.0, servers, places, 500.0).value == pytest.approx(1.0 - blocked)


def test_without_waiting_places_only_the_work_can_be_late() -> None:
    blocked = mmck_blocking(2.0, 0.5, 3, 3).value
    assert blocked is not None
    assert mmck_in_time(2.0, 0.5, 3, 3, 0.7).value == pytest.approx((1.0 - blocked) * (1.0 - exp(-0.7 / 0.5)))


def _absorbed(found: int, mean_s: float, servers: int, patience_s: float, steps: int) -> float:
    """The chance to be done, from the equations of the number ahead of it and of its own work, stepped through time."""
    ahead = max(0, found - servers + 1)
    states = [0.0] * ahead + [1.0]  # by how many must go before its own work begins
    done, step_s = 0.0, patience_s / steps
    for _ in range(steps):
        moved = [share * step_s * (servers if place else 1.0) / mean_s for place, share in enumerate(states)]
        done += moved[0]
        for place in range(ahead + 1):
            states[place] -= moved[place]
            if place:
                states[place - 1] += moved[place]
    return done


@pytest.mark.parametrize(("servers", "places", "patience_s"), [(1, 4, 2.0), (3, 6, 1.5), (2, 5, 0.4)])
def test_who_is_answered_in_time_follows_from_the_chain_s_own_equations(servers: int, places: int, patience_s: float) -> None:
    states = mmck_states(2.5, 0.8, servers, places)
    stepped = sum(states[found] * _absorbed(found, 0.8, servers, patience_s, 4000) for found in range(places))
    assert mmck_in_time(2.5, 0.8, servers, places, patience_s).value == pytest.approx(stepped, rel=2e-3)


@pytest.mark.parametrize(("servers", "rate_rps"), [(1, 0.6), (2, 1.0), (8, 7.2)])
def test_many_places_are_as_good_as_endlessly_many(servers: int, rate_rps: float) -> None:
    for patience_s in (0.5, 3.0):
        endless = mmc_in_time(rate_rps, 1.0, servers, patience_s).value
        assert mmck_in_time(rate_rps, 1.0, servers, 400, patience_s).value == pytest.approx(endless, rel=1e-6)


def test_long_queues_lose_nothing_to_rounding() -> None:
    assert mmck_in_time(3.0, 1.0, 2, 1000, 10.0).value == pytest.approx(0.0, abs=1e-12)
    assert mmck_in_time(1.9, 1.0, 2, 3000, 100.0).value == pytest.approx(mmc_in_time(1.9, 1.0, 2, 100.0).value)


def test_mm1_time_in_the_system_is_exponential() -> None:
    assert mmc_in_time(0.8, 1.0, 1, 5.0).value == pytest.approx(1.0 - exp(-1.0))
    assert mmc_in_time(1.0, 1.0, 2, 2.0).value == pytest.approx(  # spare equals a server's rate: the formula's limit
        mmc_in_time(1.0 + 1e-6, 1.0, 2, 2.0).value, rel=1e-5
    )


def test_a_longer_queue_serves_more_and_helps_fewer() -> None:
    """At 1.3 times the capacity: more places, less goodput, down to nothing."""
    shares = [mmck_in_time(130.0, 0.1, 10, 10 + queue, 1.0).value or 0.0 for queue in (20, 80, 200, 400)]
    assert shares[0] > 0.75
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] < 0.001


def test_the_queue_passes_the_patience_when_the_surplus_has_filled_it() -> None:
    """20 a second too many: 100 wait after 5 s, which is 1 s of work."""
    assert collapse_s(120.0, 100.0, 1.0).value == pytest.approx(5.0)
    assert collapse_s(100.0, 100.0, 1.0).value is None


def test_the_backlog_of_a_surge_is_worked_off_with_what_is_spare() -> None:
    """60 * 20 - 100 * 1 = 1,100 too many, less by 10 a second."""
    assert recovery_s(160.0, 20.0, 90.0, 100.0, 1.0).value == pytest.approx(110.0)
    assert recovery_s(102.0, 20.0, 90.0, 100.0, 1.0).value == 0.0
    assert "never shrinks" in recovery_s(160.0, 20.0, 100.0, 100.0, 1.0).why_not


def test_overload_without_a_limit_has_no_share_in_time() -> None:
    assert "more work arrives" in mmc_in_time(11.0, 1.0, 10, 1.0).why_not


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: mmck_in_time(1.0, 1.0, 1, 2, 0.0),
        lambda: mmc_in_time(1.0, 1.0, 2, -1.0),
        lambda: collapse_s(2.0, 0.0, 1.0),
        lambda: recovery_s(2.0, 1.0, 1.0, 1.5, 0.0),
    ],
)
def test_impossible_cases_are_refused(wrong: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="above 0"):
        wrong()
