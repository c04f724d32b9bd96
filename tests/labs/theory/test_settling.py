"""Against the slowest decay of small chains, found by letting them run."""

import pytest

from labs.theory.settling import relaxation_s, remembered


def _decay_s(rate_rps: float, served_rps: float, places: int) -> float:
    """Two states of an M/M/1/K, far enough from its beginning: from how fast their difference to the next step shrinks."""
    step_s, chances = 0.01 / (rate_rps + served_rps), [1.0] + [0.0] * places

    def stepped(old: list[float]) -> list[float]:
        up = [rate_rps * share * step_s for share in old[:-1]] + [0.0]
        down = [0.0] + [served_rps * share * step_s for share in old[1:]]
        return [
            share - up[n] - down[n] + (up[n - 1] if n else 0.0) + (down[n + 1] if n < places else 0.0)
            for n, share in enumerate(old)
        ]

    changes = []
    for _ in range(6000):
        before, chances = chances[0], stepped(chances)
        changes.append(before - chances[0])
    return step_s / (1.0 - changes[-1] / changes[-2])


@pytest.mark.parametrize(("rate_rps", "served_rps", "places"), [(0.8, 1.0, 4), (1.0, 1.0, 6), (2.0, 1.0, 5)])
def test_a_short_line_forgets_as_its_chain_does(rate_rps: float, served_rps: float, places: int) -> None:
    found = relaxation_s(rate_rps, 1.0 / served_rps, 1, places)
    assert found.value == pytest.approx(_decay_s(rate_rps, served_rps, places), rel=0.01)


def test_without_a_bound_it_takes_ever_longer_towards_full_load() -> None:
    assert relaxation_s(81.0, 0.01, 1).value == pytest.approx(1.0)
    assert relaxation_s(96.04, 0.01, 1).value == pytest.approx(25.0)
    assert relaxation_s(81.0, 0.01, 1, 10_000).value == pytest.approx(1.0, rel=1e-3)
    assert "never settles" in relaxation_s(100.0, 0.01, 1).why_not


def test_a_service_is_the_least_that_it_takes() -> None:
    assert relaxation_s(1.0, 5.0, 100).value == 5.0


def test_a_warm_up_of_many_relaxations_leaves_nothing() -> None:
    assert remembered(1.0, 10.0, 100.0) < 1e-6
    assert remembered(50.0, 10.0, 100.0) > 0.4


def test_impossible_queues_are_refused() -> None:
    with pytest.raises(ValueError, match="not"):
        relaxation_s(0.0, 1.0, 1)
