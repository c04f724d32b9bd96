"""Each kind: what it refuses, what it hides, how it scores."""

import json
import random
from typing import Any

import pytest
from pydantic import ValidationError

from quizzes.kinds import AnswerError, Frozen, all_kinds, kind_named
from quizzes.kinds.quantity import parse_quantity
from quizzes.kinds.tolerance import Tolerance
from tests.quizzes.bank import DEFINITIONS, MATCHING, MULTIPLE, NUMERIC, ORDERING, SECRET, SINGLE


def made(kind: str, definition: dict[str, Any] | None = None, seed: int = 1) -> tuple[Any, Any, Frozen]:
    found = kind_named(kind)
    raw = definition or DEFINITIONS[kind]
    parsed = found.assemble(raw, found.prepare(found.definition.model_validate(raw)))
    return found, parsed, found.freeze(parsed, random.Random(seed), shuffle=True)


def score(kind: str, *ids: str) -> float:
    found, definition, frozen = made(kind)
    keys = [str(frozen["order"].index(name) + 1) for name in ids]
    response = found.parse(definition, frozen, keys[0] if kind == "single-choice" else keys)
    return float(found.grade(definition, frozen, response).score)


def test_the_four_kinds_are_found_without_being_listed() -> None:
    assert {"single-choice", "multiple-choice", "numeric", "ordering"} <= set(all_kinds())


@pytest.mark.parametrize("kind", DEFINITIONS)
@pytest.mark.parametrize("seed", range(20))
def test_the_public_view_gives_nothing_away(kind: str, seed: int) -> None:
    found, definition, frozen = made(kind, seed=seed)
    shown = json.dumps(found.public_view(definition, frozen)) + found.rule(definition)
    ids = ("right-one", "item-1", "unavailable", "pair-1", "crit-", "node-", "edge-")
    for hidden in (SECRET, *ids, "correct", "rate_rps", "2227", "seed"):
        assert hidden not in shown


@pytest.mark.parametrize("kind", DEFINITIONS)
def test_a_draw_survives_json(kind: str) -> None:
    found, definition, frozen = made(kind)
    again = json.loads(json.dumps(dict(frozen)))
    assert found.public_view(definition, again) == found.public_view(definition, frozen)


@pytest.mark.parametrize("kind", DEFINITIONS)
def test_the_example_in_the_admin_is_valid(kind: str) -> None:
    from courses.loading.yaml_source import read_yaml

    found = kind_named(kind)
    found.definition.model_validate(read_yaml(found.example, "example").value)


@pytest.mark.parametrize("kind", DEFINITIONS)
@pytest.mark.parametrize(
    "raw", [None, "", [], {}, 0, True, -1, 1e308, "99", ["1", "1"], ["1"] * 50, {"a": 1}, "\x00", "x" * 10_000, [["1"]], [None]]
)
def test_any_answer_is_parsed_or_refused_in_words(kind: str, raw: Any) -> None:
    found, definition, frozen = made(kind)
    problem, response = "", None
    try:
        response = found.parse(definition, frozen, raw)
    except AnswerError as error:
        problem = str(error)
    assert not problem or problem.endswith(".")
    if response is not None:
        outcome = found.grade(definition, frozen, response)
        assert outcome.score is None or 0.0 <= outcome.score <= 1.0
        assert found.answer_text(definition, frozen, response)


def test_single_choice_is_all_or_nothing() -> None:
    assert [score("single-choice", name) for name in ("right-one", "wrong-one")] == [1.0, 0.0]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (("timeout", "unavailable"), 1.0),
        (("timeout",), 0.5),
        (("timeout", "not-found"), 0.0),
        (("timeout", "unavailable", "not-found"), 0.5),
        (("timeout", "unavailable", "not-found", "created"), 0.0),
        (("not-found", "created"), 0.0),
    ],
)
def test_multiple_choice_adds_and_takes_shares(chosen: tuple[str, ...], expected: float) -> None:
    assert score("multiple-choice", *chosen) == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [("1234", 1.0), ("2134", 1 - 2 / 6), ("4321", 0.0), ("2143", 1 - 4 / 6), ("3412", 0.0), ("4123", 0.0), ("1342", 1 - 4 / 6)],
)
def test_ordering_counts_pairs_the_wrong_way_round(order: str, expected: float) -> None:
    assert score("ordering", *[f"item-{number}" for number in order]) == pytest.approx(expected)


def test_ordering_is_never_shown_in_the_right_order() -> None:
    assert all(made("ordering", seed=seed)[2]["order"] != [f"item-{n}" for n in range(1, 5)] for seed in range(200))


def test_ordering_wants_every_item() -> None:
    found, definition, frozen = made("ordering")
    with pytest.raises(AnswerError, match="every item once"):
        found.parse(definition, frozen, ["1", "2"])


@pytest.mark.parametrize(
    ("text", "value"),
    [("2227", 2227), ("2,227", 2227), ("2 227", 2227), (" 2227 requests ", 2227), ("2.227e3", 2227),
     ("−5", -5), ("0,25", 0.25), (".5", 0.5),
     ("1,234,567.5", 1234567.5), ("1’000", 1000), ("2227Requests", 2227)],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(text: str, value: float) -> None:
    assert parse_quantity(text, "requests", {}) == pytest.approx(value)


@pytest.mark.parametrize("text", ["many", "12 apples", "1.2.3", "1e999", "--1", "nan", "inf", "0x10", "1,23,4", "=1+1"])
def test_what_is_no_number_is_refused_in_words(text: str) -> None:
    with pytest.raises(AnswerError):
        parse_quantity(text, "requests", {})


def test_other_units_are_converted() -> None:
    assert parse_quantity("250 ms", "s", {"ms": 0.001}) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("value", "right"), [("2227", True), ("2249.27", True), ("2250", False), ("2204.73", True), ("2204", False)]
)
def test_numeric_tolerance_belongs_to_the_range(value: str, right: bool) -> None:
    found, definition, frozen = made("numeric")
    assert found.grade(definition, frozen, found.parse(definition, frozen, value)).right is right


def test_a_known_slip_is_named() -> None:
    found, definition, frozen = made("numeric")
    (note,) = found.grade(definition, frozen, found.parse(definition, frozen, "131")).notes
    assert note.misconception == f"{SECRET} one second"


def changed(definition: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return definition | changes


@pytest.mark.parametrize(
    ("kind", "definition", "words"),
    [
        ("single-choice", {"options": SINGLE["options"][1:]}, "exactly one option must be correct, 0 are"),
        ("single-choice", {"options": [SINGLE["options"][0]] * 2}, "ids must differ"),
        ("single-choice", {"options": [*SINGLE["options"][:2], {"id": "twin", "text": "Retries "}]}, "same: “Retries”"),
        ("multiple-choice", {"options": [*MULTIPLE["options"], {"id": "twin", "text": "A timeout"}]}, "read the same"),
        ("ordering", {"items": [*ORDERING["items"], {"id": "twin", "text": "Open"}]}, "read the same"),
        ("matching", {"pairs": [*MATCHING["pairs"], MATCHING["pairs"][0] | {"id": "twin"}]}, "read the same"),
        ("multiple-choice", {"options": MULTIPLE["options"][:2]}, "at least one wrong"),
        ("numeric", changed(NUMERIC, answer=2228), "its formula gives 2227"),
        ("numeric", changed(NUMERIC, formula="__import__('os')"), "not allowed"),
        ("numeric", changed(NUMERIC, formula="rate_rps ** 9999"), "exponents end"),
        ("numeric", changed(NUMERIC, tolerance={}), "either absolute or relative"),
        ("numeric", changed(NUMERIC, near_misses=[{"formula": "2230", "feedback": "x"}]), "lies within the tolerance"),
        ("ordering", {"items": ORDERING["items"][:2]}, "at least 3"),
    ],
)  # fmt: skip
def test_a_definition_that_cannot_work_is_refused(kind: str, definition: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        kind_named(kind).definition.model_validate(definition)


def test_tolerances_read_well() -> None:
    assert Tolerance(relative=0.01).words("s") == "±1 %"
    assert Tolerance(absolute=0.5).words("s") == "±0.5 s"
