"""Whatever JSON a browser sends: it is an answer, none, or refused in words; and what is an answer can be graded and shown."""

import json
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from quizzes.kinds import AnswerError, Frozen
from tests.quizzes.bank import DEFINITIONS, STEMS
from tests.quizzes.kinds.test_kinds import made

RUN = "0f0f0f0f-0000-4000-8000-000000000000"
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
    | st.sampled_from(["true", "1", "2", "A", "9 s", "-5", "1e308", "1e300 h", RUN, f"{RUN}@2"])
)  # fmt: skip
KEYS = st.sampled_from(["1", "2", "3", "4", "right-one", "which", "when", "why"]) | st.text(max_size=3)
ANSWERS = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=6
)


@cache
def posed(name: str) -> tuple[Any, Any, Frozen]:
    kind, definition, frozen = made(name)
    return kind, kind.with_stem(definition, STEMS.get(name, "")), frozen


@pytest.mark.parametrize("name", DEFINITIONS)
@given(raw=ANSWERS)
@example(raw={"when": "1e308"})
@settings(max_examples=40, deadline=None)
def test_any_json_is_an_answer_or_refused_in_words(name: str, raw: Any) -> None:
    kind, definition, frozen = posed(name)
    response = None
    with suppress(AnswerError):
        response = kind.parse(definition, frozen, raw)
    if response is not None:
        score = kind.grade(definition, frozen, response).score
        assert score is None or 0.0 <= score <= 1.0
        assert kind.answer_text(definition, frozen, response)
    json.dumps(dict(kind.review(definition, frozen, response)), allow_nan=False, default=asdict)


@given(
    text=st.text(alphabet="{}[]=*/ 019acdelrstw-", max_size=30) | st.sampled_from([*STEMS.values(), "{= 1 / 0}", "{windowed}"])
)
@settings(max_examples=40, deadline=None)
def test_any_stem_can_be_filled_in(text: str) -> None:
    for name in DEFINITIONS:
        kind, definition, frozen = posed(name)
        assert isinstance(kind.words(text, definition, frozen), str)
