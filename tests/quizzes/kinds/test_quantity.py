"""Numbers as people type them: read for what they are, or refused; never read as another number."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.kinds import AnswerError
from quizzes.kinds.numeric import KIND, NumericDefinition
from quizzes.kinds.quantity import parse_quantity, plain_number, shown_number
from quizzes.kinds.tolerance import Tolerance


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,500", 1500), ("1,5", 1.5), ("0,250", 0.25), ("1,5e3", 1500), ("1 234,567", 1234.567),
        ("1 234 567.25", 1234567.25), ("1_000_000", 1e6), ("1\u202f500", 1500), ("1\xa0500", 1500),
        ("10³", 1000), ("-10^3", -1000), ("1.5×10^3", 1500), ("1.5 · 10⁻³", 0.0015), ("2*10**2", 200),
        ("–5", -5), ("－5", -5), ("- 5", -5), ("+5", 5), ("１２．５", 12.5), ("5.", 5), ("1.500", 1.5),
        ("1,500e3", 1.5e6), ("1,500 × 10³", 1.5e6),
    ],
)  # fmt: skip
def test_the_same_number_in_many_hands(text: str, value: float) -> None:
    assert parse_quantity(text, "", {}) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    "text", ["1.234,5", "12 34", "1 2 3", "1 000 0", "1,00,000", "1.234.567", "½", "1/3", "5 - 3", "1,", "~5"]
)
def test_what_may_mean_two_things_is_refused(text: str) -> None:
    with pytest.raises(AnswerError):
        parse_quantity(text, "", {})


@pytest.mark.parametrize(
    ("text", "unit", "factors", "value"),
    [
        ("5 Mb", "MB", {"Mb": 0.125}, 0.625), ("5 MB", "MB", {"Mb": 0.125}, 5), ("5 mb", "MB", {}, 5),
        ("5 µs", "s", {"μs": 1e-6}, 5e-6), ("5 μs", "s", {"µs": 1e-6}, 5e-6), ("3 requests / s", "requests/s", {}, 3),
        ("12 %", "", {}, 0.12), ("12 %", "%", {}, 12), ("12％", "%", {}, 12), ("12", "%", {}, 12),
    ],
)  # fmt: skip
def test_units_are_told_apart_before_they_are_forgiven(text: str, unit: str, factors: dict[str, float], value: float) -> None:
    assert parse_quantity(text, unit, factors) == pytest.approx(value, rel=1e-12)


def test_a_unit_that_may_be_two_is_asked_for() -> None:
    with pytest.raises(AnswerError, match="Use MB, Mb"):
        parse_quantity("5 mb", "MB", {"Mb": 0.125})


@given(
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15).filter(lambda x: abs(x) > 1e-9 or x == 0)
)
@settings(max_examples=60)
def test_what_a_page_shows_can_be_typed_back(value: float) -> None:
    for shown in (plain_number(value), shown_number(value)):
        assert parse_quantity(shown, "", {}) == pytest.approx(value, rel=1e-9)


@given(st.text(max_size=70))
@settings(max_examples=150)
def test_no_text_breaks_the_reader(text: str) -> None:
    problem, value = "", 0.0
    try:
        value = parse_quantity(text, "ms", {"s": 1000})
    except AnswerError as error:
        problem = str(error)
    assert not problem or problem.endswith(".")
    assert abs(value) < float("inf")


def ranged(**changes: object) -> NumericDefinition:
    fields = {"answer": 3, "unit": "s", "units": {"ms": 0.001}, "tolerance": {"low": 2, "high": 5}} | changes
    return NumericDefinition.model_validate(fields)


@pytest.mark.parametrize(("text", "right"), [("2", True), ("5000 ms", True), ("3.3", True), ("1.99", False), ("5.01", False)])
def test_an_accepted_range_has_its_borders(text: str, right: bool) -> None:
    response = KIND.parse(ranged(), {}, text)
    assert response is not None
    assert KIND.grade(ranged(), {}, response).right is right


def test_the_rule_of_a_range_does_not_tell_it_and_the_review_does() -> None:
    assert "inside the accepted range" in KIND.rule(ranged())
    assert not any(digit in KIND.rule(ranged()) for digit in "235")
    assert KIND.review(ranged(), {}, None)["tolerance"] == "2 to 5 s"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"answer": 6}, "outside of its own accepted range"),
        ({"tolerance": {"low": 5, "high": 2}}, "from low to high"),
        ({"tolerance": {"low": 2}}, "give both"),
        ({"tolerance": {"low": 2, "high": 5, "absolute": 1}}, "either absolute or relative"),
        ({"near_misses": [{"formula": "4", "feedback": "x"}]}, "lies within the tolerance"),
    ],
)
def test_a_range_that_cannot_work_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ranged(**changes)


def test_a_number_typed_alone_is_not_graded_in_another_unit() -> None:
    drawn = KIND.freeze(ranged(), random.Random(1), shuffle=True)
    assert KIND.fits(ranged(answer=4), drawn)
    assert not KIND.fits(ranged(unit="min"), drawn)


def test_a_small_key_is_as_strict_as_a_large_one() -> None:
    assert not Tolerance(relative=0.01).admits(2e-12, 1e-12)
    assert Tolerance(relative=0.01).admits(1.01e-12, 1e-12)
    assert not Tolerance(absolute=0).admits(1e-10, 0)
