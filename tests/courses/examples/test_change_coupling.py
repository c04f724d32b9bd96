import pytest

from courses.examples.change_coupling import coupling


def folder(file: str) -> str:
    return file.split("/")[0]


CHANGES = [
    *[["orders/a.py"]] * 50,
    *[["shipping/b.py", "shipping/c.py"]] * 20,
    *[["orders/a.py", "shipping/b.py"]] * 30,
]


def test_the_share_of_changes_that_cross_the_cut() -> None:
    found = coupling(CHANGES, folder)
    assert found.changes == 100
    assert found.crossing_share == pytest.approx(0.3)


def test_the_degree_takes_the_less_active_part_as_its_base() -> None:
    assert coupling(CHANGES, folder).degrees == {("orders", "shipping"): pytest.approx(30 / 50)}


def test_another_cut_of_the_same_history_crosses_nothing() -> None:
    assert coupling(CHANGES, lambda file: "sales").crossing_share == 0


def test_sweeping_changes_do_not_count() -> None:
    sweep = [f"part{n}/x.py" for n in range(60)]
    assert coupling([*CHANGES, sweep], folder).changes == 100


def test_pairs_that_rarely_meet_are_left_out() -> None:
    assert coupling([["orders/a.py", "mail/m.py"]] * 9, folder).degrees == {}


def test_no_changes_cross_nothing() -> None:
    assert coupling([], folder).crossing_share == 0
