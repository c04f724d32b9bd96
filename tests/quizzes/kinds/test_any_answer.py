"""Whatever JSON a browser sends: it is an answer, none, or refused in words; and what is an answer can be graded and shown."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizzes.kinds import AnswerError
from tests.quizzes.bank import STEMS
from tests.quizzes.kinds.test_kinds import made

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(["true", "1", "2", "9 s"])
)
KEYS = st.sampled_from(["1", "2", "3", "4", "right-one"]) | st.text(max_size=3)
ANSWERS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=6
)


@pytest.mark.parametrize("name", ["true-false", "numeric", "calculated", "short-text", "cloze"])
@given(raw=ANSWERS)
@settings(max_examples=60)
def test_any_json_is_an_answer_or_refused_in_words(name: str, raw: Any) -> None:
    kind, definition, frozen = made(name)
    definition = kind.with_stem(definition, STEMS.get(name, ""))
    response = None
    with suppress(AnswerError):
        response = kind.parse(definition, frozen, raw)
    if response is not None:
        assert 0.0 <= kind.grade(definition, frozen, response).score <= 1.0
        assert kind.answer_text(definition, frozen, response)
        json.dumps(dict(kind.review(definition, frozen, response)), allow_nan=False)
