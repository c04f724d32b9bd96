"""True or false: two sides, each with its own words."""

import random
from typing import Any

import pytest

from quizzes.kinds import AnswerError
from quizzes.kinds.true_false import KIND, TrueFalseDefinition

HOLDS = TrueFalseDefinition(answer=True, true_feedback="Yes.", false_feedback="No.", misconception="opposite")
FAILS = HOLDS.model_copy(update={"answer": False})


@pytest.mark.parametrize(("definition", "given", "score", "misconception"), [
    (HOLDS, "true", 1.0, ""), (HOLDS, "false", 0.0, "opposite"), (FAILS, "true", 0.0, "opposite"), (FAILS, "false", 1.0, ""),
])  # fmt: skip
def test_the_side_taken_gets_its_words(definition: TrueFalseDefinition, given: str, score: float, misconception: str) -> None:
    response = KIND.parse(definition, {}, given)
    assert response is (given == "true")
    (note,) = KIND.grade(definition, {}, response).notes
    assert KIND.grade(definition, {}, response).score == score
    assert (note.text, note.misconception) == ({"true": "Yes.", "false": "No."}[given], misconception)


def test_true_stands_first_and_both_definitions_look_the_same() -> None:
    shown = [KIND.public_view(each, KIND.freeze(each, random.Random(1), shuffle=True)) for each in (HOLDS, FAILS)]
    assert shown[0] == shown[1]
    assert shown[0]["options"] == [{"key": "true", "text": "True"}, {"key": "false", "text": "False"}]


def test_a_false_that_is_right_is_an_answer_and_not_an_empty_one() -> None:
    chosen = [option["chosen"] for option in KIND.review(FAILS, {}, False)["options"]]
    assert chosen == [False, True]
    assert [option["chosen"] for option in KIND.review(FAILS, {}, None)["options"]] == [False, False]


@pytest.mark.parametrize("raw", [True, False, 1, 0, "yes", "TRUE", ["true"], {"true": 1}])
def test_only_the_two_words_are_answers(raw: Any) -> None:
    with pytest.raises(AnswerError, match="true or false"):
        KIND.parse(HOLDS, {}, raw)
