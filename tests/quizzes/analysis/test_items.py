"""One question's figures, against Moodle's and against counting by hand."""

from itertools import permutations

import pytest

from quizzes.analysis.groups import bottom, kelley_seats, thirds, top
from quizzes.analysis.items import discrimination_efficiency, discrimination_index, item_of, item_statistics
from quizzes.analysis.sheet import Drawn, Sheet
from quizzes.analysis.times import times_of
from tests.quizzes.analysis.moodle import EXPECTED, MARKS, MAXIMUM, TOTALS


@pytest.mark.parametrize("slot", EXPECTED)
def test_figures_are_those_of_moodle(slot: int) -> None:
    facility, deviation, correlation, efficiency = EXPECTED[slot]
    scores = [mark / MAXIMUM[slot] for mark in MARKS[slot]] * 2  # twice over: enough people, and the same shape
    totals = [*TOTALS, *TOTALS]
    rests = [total - mark for total, mark in zip(TOTALS, MARKS[slot], strict=True)] * 2
    found = item_statistics(scores, totals, rests)
    assert found.facility is not None
    assert found.facility.value == pytest.approx(facility, abs=1e-8)
    assert found.deviation == pytest.approx(deviation * (43 / 44) ** -0.5 * (21 / 22) ** 0.5, rel=1e-6)
    assert found.facility_error == pytest.approx(found.deviation / 44**0.5)
    assert found.rest_correlation is not None
    assert found.rest_correlation.value == pytest.approx(correlation, abs=1e-8)
    assert found.efficiency == pytest.approx(efficiency, abs=1e-8)


def test_d_is_the_difference_of_the_ends_counted_by_hand() -> None:
    """Of 30 people 8 stand at each end: 7 of the best and 2 of the last are right."""
    totals = [float(place) for place in range(30)]
    scores = [0.0] * 30
    for place in (0, 1, 12, 15, 22, 23, 24, 25, 26, 27, 28):
        scores[place] = 1.0
    found = discrimination_index(scores, totals)
    assert kelley_seats(30) == 8
    assert found is not None
    assert found.value == pytest.approx(7 / 8 - 2 / 8)
    assert -1.0 <= found.low < 0.2 < found.value < found.high <= 1.0


def test_ties_are_shared_so_that_the_order_of_a_list_means_nothing() -> None:
    """The mean over every order of the tied people, enumerated, is what sharing gives at once."""
    totals, scores = [3.0, 2.0, 2.0, 2.0, 1.0], [1.0, 1.0, 0.0, 0.0, 0.0]
    picks = [sum(scores[place] for place in (0, *order[:1])) for order in permutations((1, 2, 3))]
    weights = top(totals, 2)
    assert weights == pytest.approx([1.0, 1 / 3, 1 / 3, 1 / 3, 0.0])
    assert sum(score * weight for score, weight in zip(scores, weights, strict=True)) == pytest.approx(sum(picks) / len(picks))
    assert bottom(totals, 1) == [0.0, 0.0, 0.0, 0.0, 1.0]


def test_thirds_hold_everybody_once() -> None:
    groups = thirds([1.0, 2.0, 2.0, 3.0, 4.0, 4.0, 4.0])
    assert [sum(group) for group in groups] == pytest.approx([7 / 3] * 3)
    assert [sum(parts) for parts in zip(*groups, strict=True)] == pytest.approx([1.0] * 7)


def test_efficiency_is_1_where_nothing_could_be_better() -> None:
    assert discrimination_efficiency([0.0, 0.0, 1.0, 1.0], [0.1, 0.2, 0.3, 0.9]) == pytest.approx(1.0)
    assert discrimination_efficiency([1.0] * 4, [0.1, 0.2, 0.3, 0.9]) is None


def sheet(people: int, questions: int = 3) -> Sheet:
    """Person p has the first p modulo (questions + 1) questions right, each worth its number in points."""
    return Sheet.complete([
        Drawn(person, number, number, 1, number, float(number), float(number <= person % (questions + 1)), 1000 * number)
        for person in range(people) for number in range(1, questions + 1)
    ])  # fmt: skip


def test_rest_scores_leave_the_question_out() -> None:
    found = sheet(4)
    assert found.totals == pytest.approx({0: 0.0, 1: 1 / 6, 2: 3 / 6, 3: 1.0})
    assert [found.rest(one) for one in found.by_attempt[2]] == pytest.approx([2 / 5, 1 / 4, 3 / 3])


def test_too_few_attempts_give_no_numbers() -> None:
    few = item_of(sheet(7), sheet(7).by_question[1])
    assert (few.facility, few.rest_correlation) == (None, None)
    assert str(few.too_few_for_means) == "too few: 7 of at least 10"
    some = item_of(sheet(29), sheet(29).by_question[1])
    assert some.facility is not None
    assert (some.rest_correlation, some.discrimination, some.efficiency) == (None, None, None)
    assert str(some.too_few_for_correlations) == "too few: 29 of at least 30"
    assert item_of(sheet(30), sheet(30).by_question[1]).rest_correlation is not None


def test_a_quiz_of_one_question_has_no_rest() -> None:
    only = sheet(40, questions=1)
    found = item_of(only, only.by_question[1])
    assert found.facility is not None
    assert (found.rest_correlation, found.discrimination) == (None, None)


def test_times_are_of_those_that_were_measured() -> None:
    found = times_of([0] * 5 + [1000 * second for second in range(1, 12)])
    assert (found.measured, found.lower_s, found.median_s, found.upper_s) == (11, 3.5, 6.0, 8.5)
    assert str(times_of([0, 5]).too_few) == "too few: 1 of at least 10"
