from random import Random

import pytest

from labs.patterns.naive_backoff import PlusHalf
from labs.patterns.retry import FullJitter


@pytest.mark.parametrize(("retries", "low_s", "high_s"), [(0, 1.0, 1.5), (1, 2.0, 3.0), (2, 4.0, 6.0)])
def test_waits_are_those_of_the_common_sample(retries: int, low_s: float, high_s: float) -> None:
    rng = Random(1)
    drawn = [PlusHalf(1.0).wait_s(retries, None, rng) for _ in range(2000)]
    assert low_s <= min(drawn) < low_s * 1.01
    assert high_s * 0.99 < max(drawn) <= high_s


def test_nothing_caps_it() -> None:
    assert PlusHalf(0.2).wait_s(9, None, Random(1)) > 102.0
    assert FullJitter(0.2, 5.0).wait_s(9, None, Random(1)) <= 5.0


def test_a_herd_stays_nearer_together_than_with_full_jitter() -> None:
    """A thousand clients that failed together: how many come back in the fullest tenth of a second?"""

    def fullest(delay: PlusHalf | FullJitter) -> int:
        rng, counts = Random(3), dict[int, int]()
        for _ in range(1000):
            place = int(delay.wait_s(0, None, rng) * 10.0)
            counts[place] = counts.get(place, 0) + 1
        return max(counts.values())

    assert fullest(PlusHalf(1.0)) > 1.7 * fullest(FullJitter(1.0))
