"""Short text: what counts as the same, which form decides, what is refused."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.kinds import AnswerError
from quizzes.kinds.short_text import KIND, ShortTextDefinition

FORMS: dict[str, Any] = {
    "accept": [
        "half-open",
        {"text": "half * breaker", "feedback": "Yes."},
        {"text": "*trial*", "score": 0.5, "feedback": "Nearly."},
    ],
    "wrong": [
        {"text": "no trial", "feedback": "It does try.", "misconception": "never tries"},
        {"text": "*", "feedback": "Look it up."},
    ],
}


def defined(**changes: Any) -> ShortTextDefinition:
    return ShortTextDefinition.model_validate(FORMS | changes)


def score(answer: str, **changes: Any) -> float | None:
    definition = defined(**changes)
    response = KIND.parse(definition, {}, answer)
    assert response is not None
    return KIND.grade(definition, {}, response).score


@pytest.mark.parametrize(
    "answer",
    ["half-open", "HALF-OPEN", "  half-open ", "half–open", "half‑open", "Ｈalf－open", "half-open.",
     "half\u200b-open", "haLF\u00ad-open", "half  circuit\t breaker", "half  breaker"],
)  # fmt: skip
def test_spellings_that_look_the_same_are_the_same(answer: str) -> None:
    assert score(answer) == 1.0


@pytest.mark.parametrize(
    "answer", ["half open", "halfopen", "half-opened", "half-open..", "behalf-open", "halfbreaker", "ha1f-open"]
)
def test_other_words_are_not(answer: str) -> None:
    assert score(answer) == 0.0


def test_letters_count_when_the_author_says_so() -> None:
    assert score("Half-open", case_sensitive=True) == 0.0
    assert score("half-open", case_sensitive=True) == 1.0
    assert "letters differ" in KIND.rule(defined(case_sensitive=True))
    assert "letters differ" not in KIND.rule(defined())
    assert "extra spaces" in KIND.rule(defined())  # a space in a word does make a difference: see “halfopen”


def test_an_exact_form_goes_before_a_wild_one_and_a_better_one_before_a_worse() -> None:
    assert score("a trial call") == 0.5
    assert score("no trial") == 0.0
    reversed_order = {"accept": FORMS["accept"][::-1], "wrong": FORMS["wrong"][::-1]}
    assert [score(answer, **reversed_order) for answer in ("a trial call", "no trial", "half-open")] == [0.5, 0.0, 1.0]


def test_what_fits_nothing_else_still_gets_words() -> None:
    (note,) = KIND.grade(defined(), {}, "pardon").notes
    assert note.text == "Look it up."
    assert KIND.grade(defined(wrong=[]), {}, "pardon").notes == ()


@pytest.mark.parametrize(
    ("form", "fits", "fails"),
    [
        (r"\*args", "*args", "args"),
        (r"5 \* 3", "5 * 3", "5 x 3"),
        ("a*b*c", "a-b-b-c", "acb"),
        ("ab*ba", "abba", "aba"),
        ("C++", "c++", "c"),
        (".*", ".x", "x"),
        ("[ab]", "[ab]", "a"),
        ("c:\\temp", "c:\\temp", "c:temp"),
        ("“x”", '"X"', "x"),
        ("straße", "STRASSE", "strase"),
    ],
)
def test_only_a_star_is_wild(form: str, fits: str, fails: str) -> None:
    assert score(fits, accept=[form], wrong=[]) == 1.0
    assert score(fails, accept=[form], wrong=[]) == 0.0


def test_a_form_of_many_stars_is_quick() -> None:
    assert score("a" * 199 + "b", accept=["*a" * 60 + "*c"], wrong=[]) == 0.0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"accept": [{"text": "x", "score": 0.5}]}, "at least one accepted form must score 1"),
        ({"accept": ["*"]}, "accepts every answer"),
        ({"accept": ["half-open", "Half–Open"]}, "is the same form as"),
        ({"wrong": [{"text": "HALF-OPEN"}]}, "is the same form as"),
        ({"accept": []}, "at least 1"),
        ({"accept": [{"text": "x", "score": 0}]}, "greater than 0"),
    ],
)
def test_forms_that_contradict_each_other_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        defined(**changes)


@pytest.mark.parametrize("raw", ["x" * 201, "a\x00b", "\ud800", 5, True, ["x"], {"x": 1}])
def test_what_cannot_be_kept_is_refused_in_words(raw: Any) -> None:
    with pytest.raises(AnswerError, match=r"\.$"):
        KIND.parse(defined(), {}, raw)


@pytest.mark.parametrize("raw", [None, "", "  ", "\u200b"])
def test_nothing_visible_is_no_answer(raw: Any) -> None:
    assert KIND.parse(defined(), {}, raw) is None


@given(st.text(max_size=220), st.text("ab*\\ é", min_size=1, max_size=8))
@settings(max_examples=150)
def test_any_text_is_graded_or_refused(answer: str, form: str) -> None:
    definition = defined(accept=[f"a{form}"], wrong=[])
    response = None
    with suppress(AnswerError):
        response = KIND.parse(definition, {}, answer)
    assert response is None or KIND.grade(definition, {}, response).score in (0.0, 1.0)


def test_the_review_shows_forms_as_people_read_them() -> None:
    shown = KIND.review(defined(), {}, "a trial")
    assert shown["key"] == "half-open"
    assert [form["text"] for form in shown["others"]] == ["half … breaker", "…trial…"]
