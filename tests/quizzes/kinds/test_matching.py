"""Matching: partners by their places, shares for those that are right, no way to read the key off the page."""

import json
import random
from typing import Any

import pytest
from pydantic import ValidationError

from quizzes.kinds import AnswerError, Frozen
from quizzes.kinds.matching import KIND, MatchingDefinition

PAIRS = [
    {"id": f"p{number}", "left": f"left {number}", "right": right, "feedback": f"why {number}", "misconception": "mixed up"}
    for number, right in enumerate(["alpha", "beta", "gamma", "alpha"], start=1)
]
DEFINITION = MatchingDefinition.model_validate({"pairs": PAIRS, "distractors": ["delta"]})


def drawn(seed: int = 1, *, shuffle: bool = True) -> Frozen:
    return KIND.freeze(DEFINITION, random.Random(seed), shuffle=shuffle)


def sent(frozen: Frozen, **given: str) -> dict[str, str]:
    """What a browser sends for partners named by their words."""
    return {str(frozen["order"].index(name) + 1): str(frozen["partners"].index(words) + 1) for name, words in given.items()}


@pytest.mark.parametrize(("given", "score"), [
    ({"p1": "alpha", "p2": "beta", "p3": "gamma", "p4": "alpha"}, 1.0),
    ({"p1": "alpha", "p2": "gamma", "p3": "beta", "p4": "alpha"}, 0.5),
    ({"p2": "beta"}, 0.25),
    ({"p1": "delta", "p2": "delta", "p3": "delta", "p4": "delta"}, 0.0),
])  # fmt: skip
@pytest.mark.parametrize("seed", range(3))
def test_each_right_partner_earns_its_share(seed: int, given: dict[str, str], score: float) -> None:
    frozen = drawn(seed)
    response = KIND.parse(DEFINITION, frozen, sent(frozen, **given))
    assert response == given
    assert KIND.grade(DEFINITION, frozen, response).score == score


def test_a_wrong_partner_names_its_misconception_and_a_missing_one_does_not() -> None:
    notes = KIND.grade(DEFINITION, drawn(), {"p1": "alpha", "p2": "delta"}).notes
    assert [(note.right, note.misconception) for note in notes] == [(True, ""), (False, "mixed up"), (False, ""), (False, "")]


def test_a_shared_partner_is_offered_once_and_rights_are_shuffled_even_where_lefts_are_not() -> None:
    views = [KIND.public_view(DEFINITION, drawn(seed, shuffle=False)) for seed in range(20)]
    assert all([left["text"] for left in view["lefts"]] == [f"left {number}" for number in range(1, 5)] for view in views)
    offered = [tuple(partner["text"] for partner in view["partners"]) for view in views]
    assert {frozenset(texts) for texts in offered} == {frozenset({"alpha", "beta", "gamma", "delta"})}
    assert len(set(offered)) > 5
    assert not {"why", "mixed", "p1"} & set(json.dumps(views).replace('"', " ").split())


def test_an_answer_means_the_same_after_the_pairs_were_corrected() -> None:
    swapped = [PAIRS[0] | {"right": "beta"}, PAIRS[1] | {"right": "alpha"}, *PAIRS[2:]]
    corrected, frozen = MatchingDefinition.model_validate({"pairs": swapped, "distractors": ["delta"]}), drawn()
    assert KIND.fits(corrected, frozen)
    response = KIND.parse(corrected, frozen, sent(frozen, p1="beta", p2="beta"))
    assert response == {"p1": "beta", "p2": "beta"}
    assert [note.right for note in KIND.grade(corrected, frozen, response).notes] == [True, False, False, False]
    assert not KIND.fits(MatchingDefinition.model_validate({"pairs": PAIRS, "distractors": ["omega"]}), frozen)


def test_a_plain_form_sends_a_value_for_each_left() -> None:
    assert KIND.from_form(["2", "", "1", ""]) == {"1": "2", "3": "1"}
    assert KIND.from_form(["", ""]) is None


@pytest.mark.parametrize("raw", [
    {"1": "9"}, {"9": "1"}, {"1": 1}, {"1": None}, {"1": ["1"]}, ["1"], "1", 5, {str(number): "1" for number in range(1, 9)},
])  # fmt: skip
def test_what_is_no_pairing_is_refused(raw: Any) -> None:
    with pytest.raises(AnswerError):
        KIND.parse(DEFINITION, drawn(), raw)


@pytest.mark.parametrize(("changes", "words"), [
    ({"distractors": ["beta"]}, "a distractor is the partner of a pair: beta"),
    ({"distractors": ["delta", "delta"]}, "named twice"),
    ({"pairs": PAIRS[:1]}, "at least 2"),
    ({"pairs": [PAIRS[0], PAIRS[0]]}, "ids must differ"),
    ({"pairs": [PAIRS[0], PAIRS[3]], "distractors": []}, "nothing to choose"),
])  # fmt: skip
def test_pairs_that_cannot_be_asked_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        MatchingDefinition.model_validate({"pairs": PAIRS, "distractors": ["delta"]} | changes)
