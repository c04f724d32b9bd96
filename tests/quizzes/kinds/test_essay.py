"""Essays: kept as they were written, judged by nobody here, their rubric out of sight unless it is meant to be seen."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from quizzes.kinds import AnswerError
from quizzes.kinds.essay import KIND, MAX_CHARACTERS, EssayDefinition, word_count

RUBRIC = [
    {"id": "loop", "criterion": "Shows the loop", "points": 3,
     "levels": [{"points": 1, "text": "some of it"}, {"points": 3, "text": "all of it"}]},
    {"id": "cost", "criterion": "Names a cost", "points": 2},
]  # fmt: skip
DEFINITION = EssayDefinition.model_validate({"rubric": RUBRIC, "min_words": 2, "max_words": 4, "model_answer": "like this"})


def test_no_machine_gives_a_score() -> None:
    assert KIND.grade(DEFINITION, {}, "Retries.").score is None
    assert not KIND.grade(DEFINITION, {}, "Retries.").right


@pytest.mark.parametrize(("raw", "kept"), [
    ("  One.\r\n\r\nTwo.  ", "One.\n\nTwo."), (" \n\t", None), ("", None), (None, None),
    ("five words are too many", "five words are too many"), ("x" * MAX_CHARACTERS, "x" * MAX_CHARACTERS),
    ("<script>alert(1)</script> 😀", "<script>alert(1)</script> 😀"),
])  # fmt: skip
def test_a_text_is_kept_as_it_was_written(raw: Any, kept: str | None) -> None:
    assert KIND.parse(DEFINITION, {}, raw) == kept


@pytest.mark.parametrize(("raw", "words"), [
    ("x" * (MAX_CHARACTERS + 1), "at most 20,000 characters; this one has 20,001"), ("a\x00b", "cannot be kept"),
    ("half \ud83d", "cannot be kept"), (["text"], "is a text"), (7, "is a text"),
])  # fmt: skip
def test_what_cannot_be_kept_is_refused_in_words(raw: Any, words: str) -> None:
    with pytest.raises(AnswerError, match=words):
        KIND.parse(DEFINITION, {}, raw)


def test_criteria_are_seen_only_where_the_author_says_so_and_levels_never() -> None:
    hidden, shown = DEFINITION, DEFINITION.model_copy(update={"show_rubric": True})
    assert KIND.public_view(hidden, {})["criteria"] == []
    assert KIND.public_view(shown, {})["criteria"] == [
        {"criterion": "Shows the loop", "points": 3}, {"criterion": "Names a cost", "points": 2},
    ]  # fmt: skip
    for secret in ("all of it", "like this", '"loop"'):
        assert secret not in json.dumps(KIND.public_view(shown, {})) + KIND.rule(shown)


@pytest.mark.parametrize(("limits", "words"), [
    ((None, None), ""), ((80, None), "at least 80 words"),
    ((None, 1200), "at most 1,200 words"), ((80, 300), "80 to 300 words"),
])  # fmt: skip
def test_the_length_reads_well(limits: tuple[int | None, int | None], words: str) -> None:
    least, most = limits
    assert DEFINITION.model_copy(update={"min_words": least, "max_words": most}).length == words
    assert word_count(" one  two\nthree ") == 3


@pytest.mark.parametrize(("changes", "words"), [
    ({"rubric": []}, "at least 1"),
    ({"rubric": [RUBRIC[0] | {"points": 4}]}, "best level of “Shows the loop” must give its 4 points"),
    ({"rubric": [RUBRIC[0] | {"levels": [{"points": 3, "text": "a"}, {"points": 3, "text": "b"}]}]}, "same points"),
    ({"rubric": [RUBRIC[1] | {"points": 0}]}, "greater than 0"),
    ({"min_words": 9}, "min_words is above max_words"),
    ({"rubric": [RUBRIC[0], RUBRIC[0]]}, "ids must differ"),
])  # fmt: skip
def test_a_rubric_that_cannot_be_used_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        EssayDefinition.model_validate({"rubric": RUBRIC, "min_words": 2, "max_words": 4} | changes)
