"""Calculated: each attempt has its own numbers, key and words; a definition works for every draw or not at all."""

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from quizzes.kinds.calculated import KIND, CalculatedDefinition
from quizzes.kinds.parameters import Parameter, filled

FIELDS: dict[str, Any] = {
    "parameters": {"rate": {"low": 0.1, "high": 0.7, "step": 0.2}, "open_s": {"values": [15, 30]}},
    "formula": "rate * open_s", "unit": "requests", "tolerance": {"relative": 0.01},
    "right_feedback": "Yes: {rate} × {open_s} is {= rate * open_s}.",
    "near_misses": [{"formula": "rate", "feedback": "{rate} is one second, not {open_s}.", "misconception": "one second"}],
}  # fmt: skip


def defined(**changes: Any) -> CalculatedDefinition:
    return CalculatedDefinition.model_validate(FIELDS | changes)


def drawn(rate: float, open_s: float) -> dict[str, Any]:
    return {"values": {"rate": rate, "open_s": open_s}}


def notes(answer: str, frozen: dict[str, Any]) -> tuple[float | None, str, str]:
    response = KIND.parse(defined(), frozen, answer)
    assert response is not None
    outcome = KIND.grade(defined(), frozen, response)
    return outcome.score, outcome.notes[0].text, outcome.notes[0].misconception


def test_the_key_follows_the_draw() -> None:
    assert notes("4.5 requests", drawn(0.3, 15)) == (1.0, "Yes: 0.3 × 15 is 4.5.", "")
    assert notes("4.5", drawn(0.3, 30)) == (0.0, "", "")


def test_a_known_slip_is_told_with_the_learners_own_numbers() -> None:
    assert notes("0.3", drawn(0.3, 30)) == (0.0, "0.3 is one second, not 30.", "one second")


def test_every_value_is_drawn_and_decimals_are_exact() -> None:
    draws = [KIND.freeze(defined(), random.Random(seed), shuffle=True)["values"] for seed in range(200)]
    assert {values["rate"] for values in draws} == {0.1, 0.3, 0.5, 0.7}
    assert {values["open_s"] for values in draws} == {15, 30}


def test_a_seed_draws_the_same_whatever_order_the_database_gives_back() -> None:
    turned = defined(parameters=dict(reversed(FIELDS["parameters"].items())))
    for seed in range(20):
        first, second = (KIND.freeze(each, random.Random(seed), shuffle=True) for each in (defined(), turned))
        assert first == second == json.loads(json.dumps(first))


def test_texts_are_filled_and_other_braces_left_alone() -> None:
    text = 'At {rate}: {"rate": 1}, `{other}`, f"{open_s}", {= rate * 2}, {= nothing}, {= open_s / 7}'
    shown = KIND.words(text, defined(digits=3), drawn(0.5, 30))
    assert shown == 'At 0.5: {"rate": 1}, `{other}`, f"30", 1, {= nothing}, 4.29'
    assert filled("{n}", {"n": 12_345_678.0}, 3) == "12,345,678"  # what was drawn is never rounded
    assert filled("{n}, `{n}`, {= n / 2}, ${n}$", {"n": 20_000.0}, 6) == "20,000, `20000`, 10,000, $20000$"
    assert filled("{n}", {"n": 9_999.0}, 6) == "9999"


def test_the_view_before_submission_holds_only_the_unit() -> None:
    shown = KIND.public_view(defined(), drawn(0.3, 30))
    assert shown == {"unit": "requests", "units": []}


def test_the_review_computes_with_the_drawn_numbers() -> None:
    shown = KIND.review(defined(digits=3, formula="rate * open_s / 1.1"), drawn(0.7, 30), 20.0)
    assert (shown["key"], shown["given"], shown["right"]) == ("19.1 requests", "20 requests", False)
    assert shown["values"] == [{"name": "open_s", "value": "30"}, {"name": "rate", "value": "0.7"}]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"formula": "1 / (rate - 0.3)"}, "cannot be computed.*rate = 0.3"),
        ({"formula": "log(rate - 0.2)"}, "cannot be computed.*rate = 0.1"),
        ({"formula": "rate * missing"}, "“missing” has no value"),
        ({"formula": "(rate - 0.1) * open_s"}, "the answer is 0.*absolute"),
        ({"formula": "open_s / 7", "digits": 2, "tolerance": {"absolute": 0.001}}, "outside its own tolerance"),
        ({"tolerance": {"low": 1, "high": 2}}, "stands still"),
        ({"near_misses": [{"formula": "open_s * rate", "feedback": "x"}]}, "whatever is drawn"),
        ({"near_misses": [{"formula": "1 / (open_s - 15)", "feedback": "x"}]}, "open_s = 15"),
        ({"parameters": {"1x": {"values": [1]}}}, "cannot be a name"),
        ({"parameters": {"if": {"values": [1]}}}, "cannot be a name"),
        ({"parameters": {"max": {"values": [1]}}}, "is a function"),
        ({"parameters": {"rate": {"low": 1, "high": 2, "step": 0.3}}}, "do not meet 2"),
        ({"parameters": {"rate": {"low": 2, "high": 1, "step": 1}}}, "low must lie below high"),
        ({"parameters": {"rate": {"low": 0, "high": 1, "step": 1e-9}}}, "larger step"),
        ({"parameters": {"rate": {"low": 0, "high": 1}}}, "low, high and step, or a list"),
        ({"parameters": {"rate": {"low": 0, "values": [1]}}}, "low, high and step, or a list"),
        ({"parameters": {"rate": {"values": [1, 1]}}}, "listed twice"),
        ({"parameters": {"rate": {"values": [float("inf")]}}}, "finite"),
    ],
)
def test_what_some_draw_would_break_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        defined(**changes)


def test_the_stem_must_tell_every_number() -> None:
    with pytest.raises(ValueError, match=r"does not tell \{open_s\}"):
        KIND.with_stem(defined(), "At {rate} requests a second?")
    assert KIND.with_stem(defined(), "{rate} for {open_s}?") == defined()


def test_of_a_large_grid_the_corners_are_tried() -> None:
    wide = {name: {"low": 0, "high": 1000, "step": 1} for name in ("a", "b", "c")}
    assert defined(parameters=wide, formula="a + b + c + 1", near_misses=[])
    with pytest.raises(ValidationError, match="a = 1000, b = 1000, c = 1000"):
        defined(parameters=wide, formula="1 / (3000 - a - b - c)", near_misses=[])


def test_a_hole_in_a_large_grid_is_drawn_around() -> None:
    wide = {"a": {"low": 0, "high": 10_000, "step": 1}, "b": {"values": [1, 2]}}
    hole = defined(parameters=wide, formula="1 / (a - 5003.5 - b / 2)", near_misses=[], tolerance={"absolute": 1})

    class Chance(random.Random):
        """Meets the hole first."""

        left = [5004, 0, 7, 0]

        def randrange(self, *_: Any) -> int:
            return self.left.pop(0)

    assert KIND.freeze(hole, Chance(), shuffle=True)["values"] == {"a": 7.0, "b": 1.0}


def test_an_old_draw_is_graded_anew_only_where_the_new_formula_has_a_value() -> None:
    holed = CalculatedDefinition.model_construct(**dict(defined()) | {"formula": "1 / (rate - 0.2)"})
    assert KIND.fits(defined(), drawn(0.3, 15))
    assert KIND.fits(holed, drawn(0.3, 15))
    assert not KIND.fits(holed, drawn(0.2, 15))
    assert not KIND.fits(defined(), {"values": {"rate": 0.3}})
    assert not KIND.fits(defined(), {**drawn(0.3, 15), "unit": "fortnights"})


@given(st.decimals(-1000, 1000, places=3), st.decimals(1, 100, places=3), st.integers(1, 400))
@settings(max_examples=60)
def test_a_span_runs_from_end_to_end(low: Any, step: Any, count: int) -> None:
    high = low + count * step
    parameter = Parameter(low=float(low), high=float(high), step=float(step))
    assert len(parameter) == count + 1
    assert (parameter.at(0), parameter.at(count)) == (float(low), float(high))
