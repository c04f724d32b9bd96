"""Reliability against published tables, and against its definition worked out in fractions."""

from fractions import Fraction
from random import Random

import pytest

from quizzes.analysis.reliability import (
    Reliability,
    alpha,
    alpha_without,
    feldt,
    one_way,
    standard_error,
    stratified,
)
from quizzes.analysis.sheet import Drawn, Sheet
from quizzes.analysis.structure import NoReliability, reliability_of

# Four judges' ratings of six targets: Shrout and Fleiss 1979, table 2
RATINGS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
JUDGES = [list(column) for column in zip(*RATINGS, strict=True)]
# Ten students, ten questions: K. L. Wuensch, The Kuder-Richardson 20 (East Carolina University); variance of the totals 5.84
STUDENTS = [
    "1111110110", "1011011101", "1111011001", "0010001000", "0000010010",
    "1110111111", "1101110111", "1111111101", "0101111101", "1101101110",
]  # fmt: skip


def test_alpha_and_its_interval_are_those_of_shrout_and_fleiss() -> None:
    """Alpha is their ICC(3,4) = 0.91; the interval 0.676 to 0.99 as R's psych package gives it for this table."""
    found = alpha(JUDGES)
    assert found == pytest.approx(0.9093, abs=5e-5)
    interval = feldt(found or 0.0, people=6, items=4)
    assert [interval.low, interval.high] == pytest.approx([0.676, 0.986], abs=5e-4)


def test_drawn_questions_have_the_one_way_coefficient_of_shrout_and_fleiss() -> None:
    """ICC(1,4) = 0.44, from -0.884 to 0.91: the judges differ, and here that counts as error."""
    found = one_way(RATINGS)
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((0.4428, -0.884, 0.912), abs=6e-4)


def test_feldts_interval_is_the_published_one() -> None:
    """The example of C. Evans' program for it (MRC CBU): alpha 0.913, 873 people, 20 items."""
    found = feldt(0.913, people=873, items=20)
    assert [found.low, found.high] == pytest.approx([0.9044024, 0.9211588], abs=5e-8)


def test_for_right_or_wrong_alpha_is_kuder_and_richardsons_20() -> None:
    columns = [[float(student[place]) for student in STUDENTS] for place in range(10)]
    rights = [sum(int(student[place]) for student in STUDENTS) for place in range(10)]
    assert rights == [7, 7, 6, 7, 6, 8, 7, 7, 5, 6]
    products = sum(Fraction(right, 10) * (1 - Fraction(right, 10)) for right in rights)
    published = Fraction(10, 9) * (1 - products / Fraction("5.84"))
    assert alpha(columns) == pytest.approx(float(published))


def test_alpha_without_a_question_is_alpha_of_the_others() -> None:
    others = [alpha(JUDGES[:place] + JUDGES[place + 1 :]) for place in range(4)]
    assert alpha_without(JUDGES) == pytest.approx(others)
    assert alpha_without(JUDGES[:2]) == [None, None]


def test_stratified_alpha_is_that_of_the_published_reading_test() -> None:
    """R's sirt package, data.read: three strata of four items, alpha 0.677 as a whole and 0.703 by strata."""
    assert stratified([(1.381, 0.545), (1.059, 0.381), (1.107, 0.640)], 5.668) == pytest.approx(0.703, abs=5e-4)


def test_the_standard_error_of_measurement() -> None:
    assert standard_error(15.0, 0.91) == pytest.approx(4.5)  # an IQ scale with reliability 0.91
    assert standard_error(15.0, -0.3) == 15.0


def test_nobody_differs_so_there_is_nothing_to_measure() -> None:
    assert alpha([[1.0, 1.0], [0.0, 0.0]]) is None
    assert alpha([[1.0, 0.0]]) is None
    assert one_way([[1.0, 0.0], [0.0, 1.0]]) is None


def answered(people: int, draws: list[list[tuple[int, int]]], points: float = 1.0) -> Sheet:
    """Person p answers (section, question) of the draw p modulo their number; the able get the easy ones right."""
    rng, rows = Random(11), []
    for person in range(people):
        ability = rng.gauss(0, 1.5)
        for section, question in draws[person % len(draws)]:
            right = ability + rng.gauss(0, 1) > (question % 5 - 2) / 2
            rows.append(Drawn(person, question, question, section, 1, points, float(right), 0))
    return Sheet.complete(rows)


def coefficient(sheet: Sheet) -> Reliability:
    found = reliability_of(sheet)
    assert isinstance(found, Reliability), found
    return found


def test_the_same_questions_for_all_give_kr_20_in_whatever_order() -> None:
    forwards = [(1, question) for question in range(1, 9)]
    found = coefficient(answered(60, [forwards, forwards[::-1]]))
    assert (found.method, found.items, found.people, len(found.without)) == ("KR-20", 8, 60, 8)
    assert found.interval is not None
    assert 0.6 < found.interval.low < found.value < found.interval.high < 1.0


def test_drawn_questions_never_give_alpha() -> None:
    found = coefficient(answered(60, [[(1, question) for question in range(first, first + 8)] for first in (1, 5, 9)]))
    assert (found.method, found.without) == ("one-way", {})
    assert found.interval is not None


def test_fixed_and_drawn_sections_are_strata() -> None:
    fixed = [(1, question) for question in range(1, 6)]
    sheet = answered(60, [fixed + [(2, question) for question in range(first, first + 5)] for first in (20, 30)])
    found = coefficient(sheet)
    assert (found.method, found.items, found.interval) == ("stratified", 10, None)
    assert 0.5 < found.value < 1.0


def test_what_cannot_be_computed_is_said_with_the_reason() -> None:
    draw = [(1, 1), (1, 2), (1, 3)]
    few, single = reliability_of(answered(7, [draw])), reliability_of(answered(40, [draw[:1]]))
    changed = reliability_of(answered(40, [draw, draw[:2]]))
    assert isinstance(few, NoReliability)
    assert str(few) == "too few: 7 of at least 30"
    assert isinstance(single, NoReliability)
    assert "one question" in str(single)
    assert isinstance(changed, NoReliability)
    assert "Choose one revision" in str(changed)
