"""The table of options, and what is flagged in it."""

import pytest

from quizzes.analysis.choices import ChoiceTable, Option, Response, answer_table, choice_table
from quizzes.analysis.estimates import Estimate, pearson
from quizzes.analysis.flags import flags_of
from quizzes.analysis.items import ItemStatistics, item_statistics

OPTIONS = [Option("right", True), Option("tempting", False), Option("silly", False)]


def response(chosen: str, total: float) -> Response:
    return Response(frozenset([chosen] if chosen else []), float(chosen == "right"), total, total)


def table(*picks: str) -> ChoiceTable:
    """The picks of people in the order of their scores, the weakest first."""
    return choice_table(OPTIONS, [response(chosen, place / len(picks)) for place, chosen in enumerate(picks)])


def labels(found: ChoiceTable) -> list[str]:
    return [flag.label for flag in flags_of(ItemStatistics(asked=found.asked), found)]


def test_the_table_counts_each_option_by_thirds() -> None:
    found = table(*["tempting"] * 12, *["", "right"] * 6, *["right"] * 12)
    right, tempting, silly = found.rows
    assert (right.count, tempting.count, silly.count) == (18, 12, 0)
    assert right.by_third == pytest.approx((0.0, 0.5, 1.0))
    assert tempting.by_third == pytest.approx((1.0, 0.0, 0.0))
    picked = [float(place < 12) for place in range(36)]
    known = pearson(picked, [place / 36 for place in range(36)])
    assert tempting.correlation is not None
    assert known is not None
    assert [tempting.correlation.value, tempting.correlation.low] == pytest.approx([known.value, known.low])
    assert tempting.mean_rest == pytest.approx(sum(range(12)) / 12 / 36)
    assert (silly.mean_rest, silly.correlation, silly.share.value) == (None, None, 0.0)
    assert found.unanswered is not None
    assert found.unanswered.count == 6
    assert labels(found) == ["an option nobody picks"]


def test_a_key_that_the_strong_avoid_is_perhaps_wrong() -> None:
    found = table(*["right"] * 15, *["silly"] * 5, *["tempting"] * 20)
    assert [row.text for row in found.better_than_the_key] == ["tempting"]
    assert labels(found) == ["key perhaps wrong"]


def test_a_wrong_option_that_draws_some_of_the_strong_is_a_hint() -> None:
    found = table(*["silly"] * 20, *["right"] * 20, *["right", "right", "tempting"] * 8)
    assert found.better_than_the_key == []
    assert labels(found) == ["a wrong option draws the strong"]


def test_few_answers_flag_nothing() -> None:
    found = table(*["right"] * 10, *["tempting"] * 10)
    assert found.rows[0].by_third is None
    assert labels(found) == []


def test_open_answers_are_listed_by_frequency() -> None:
    found = answer_table([response(f"{place % 20}" if place % 20 > 14 else "42 ms", 0.5) for place in range(40)], limit=3)
    assert [(row.text, row.count, row.correct) for row in found.rows] == [("42 ms", 30, None), ("15", 2, None), ("16", 2, None)]
    assert (found.others, found.free) == (6, True)


def test_negative_discrimination_is_an_alarm_only_when_it_is_sure() -> None:
    totals = [place / 40 for place in range(40)]
    surely = item_statistics([float(place < 20) for place in range(40)], totals, totals)
    perhaps = item_statistics([float(place % 2 == 0) for place in range(40)], totals, totals)
    assert [(flag.weight, flag.label) for flag in flags_of(surely)] == [("alarm", "negative discrimination")]
    assert [(flag.weight, flag.label) for flag in flags_of(perhaps)] == [("hint", "negative discrimination")]


def test_a_facility_below_chance_is_an_alarm() -> None:
    item = ItemStatistics(asked=60, facility=Estimate(0.1, 0.05, 0.2))
    assert [flag.label for flag in flags_of(item, chance=0.25)] == ["below chance"]
    assert [flag.label for flag in flags_of(item)] == ["hardly anybody knows it"]
    assert [flag.label for flag in flags_of(item, chance=0.15)] == ["hardly anybody knows it"]


def test_a_question_that_costs_reliability_is_noted() -> None:
    item = ItemStatistics(asked=60, facility=Estimate(0.5, 0.4, 0.6))
    assert [flag.words for flag in flags_of(item, alpha=0.7, alpha_without=0.75)] == [
        "Without it the quiz's reliability would be 0.75 instead of 0.70."
    ]
    assert flags_of(item, alpha=0.7, alpha_without=0.705) == []
