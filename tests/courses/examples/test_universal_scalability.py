import math

import pytest

from courses.examples.universal_scalability import best_nodes, fitted, nodes_for, relative_capacity


def test_one_node_does_the_work_of_one() -> None:
    assert relative_capacity(1, 0.03, 0.0005) == 1.0


def test_without_coherency_it_is_amdahls_law() -> None:
    serial, nodes = 0.05, 16
    assert relative_capacity(nodes, serial, 0.0) == pytest.approx(1 / (serial + (1 - serial) / nodes))
    assert best_nodes(serial, 0.0) == math.inf


def test_no_number_of_nodes_does_more_than_the_peak() -> None:
    peak = round(best_nodes(0.03, 0.0005))
    assert peak == 44
    assert relative_capacity(peak, 0.03, 0.0005) == pytest.approx(13.6, abs=0.05)
    assert all(relative_capacity(n, 0.03, 0.0005) <= relative_capacity(peak, 0.03, 0.0005) for n in range(1, 500))


def test_nodes_for_a_load_are_the_fewest_that_carry_it() -> None:
    assert nodes_for(10, 0.0, 0.0) == 10
    assert nodes_for(10, 0.03, 0.0005) == 16
    assert nodes_for(14, 0.03, 0.0005) is None
    assert nodes_for(40, 0.03, 0.0) is None


def test_the_fit_finds_what_made_the_measurements() -> None:
    contention, coherency = fitted({n: 1000 * relative_capacity(n, 0.03, 0.0005) for n in (1, 2, 4, 8, 16)})
    assert contention == pytest.approx(0.03)
    assert coherency == pytest.approx(0.0005)


FIGURES = {2: 1.94, 4: 3.65, 8: 6.46, 10: 7.60, 16: 10.19, 32: 13.19, 64: 13.05, 128: 9.89}


@pytest.mark.parametrize(("nodes", "capacity"), FIGURES.items())
def test_figures_of_the_lesson(nodes: int, capacity: float) -> None:
    assert relative_capacity(nodes, 0.03, 0.0005) == pytest.approx(capacity, abs=0.006)


def test_the_fit_of_the_lesson() -> None:
    contention, coherency = fitted({1: 1000, 4: 3650, 8: 6460, 16: 10190})
    assert contention == pytest.approx(0.03, abs=0.002)
    assert coherency == pytest.approx(0.0005, abs=0.0002)
    assert best_nodes(contention, coherency) == pytest.approx(44, abs=2)
