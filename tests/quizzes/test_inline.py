"""Questions inside lessons: visitors may answer, exam questions stay out, nothing is kept."""

import pytest
from django.core.cache import cache
from django.test import Client

from quizzes.inline import inline_questions
from quizzes.models import Answer, Question
from quizzes.services.inline import inline_check
from tests.quizzes.bank import DEFINITIONS, SECRET, question

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    cache.clear()


def key_of(slug: str, *ids: str) -> list[str]:
    check = inline_check(slug)
    assert check is not None
    return [str(check.posed.frozen["order"].index(name) + 1) for name in ids]


@pytest.mark.parametrize("kind", DEFINITIONS)
def test_the_form_gives_nothing_away(client: Client, kind: str) -> None:
    question("inline", kind, inline_allowed=True)
    html = inline_questions(["inline", "unknown"])
    assert list(html) == ["inline"]
    for hidden in (SECRET, "right-one", "item-1", "unavailable", "2227"):
        assert hidden not in html["inline"]
    assert client.get("/questions/inline/inline/").content.decode() == html["inline"]


def test_a_wrong_answer_is_explained_and_keeps_the_key(client: Client) -> None:
    question("inline", inline_allowed=True)
    reply = client.post("/questions/inline/check/", {"answer": key_of("inline", "wrong-one")}).content.decode()
    assert "Not right" in reply
    assert f"{SECRET} no" in reply
    assert "explanation" not in reply
    assert "Right answer" not in reply


def test_a_partly_right_choice_does_not_tell_what_is_missing(client: Client) -> None:
    question("inline", "multiple-choice", inline_allowed=True)
    reply = client.post("/questions/inline/check/", {"answer": key_of("inline", "timeout")}).content.decode()
    assert "Partly right: 50 %" in reply
    assert "HTTP 503" not in reply


def test_a_right_answer_brings_the_explanation(client: Client) -> None:
    question("inline", inline_allowed=True)
    reply = client.post("/questions/inline/check/", {"answer": key_of("inline", "right-one")}).content.decode()
    assert f"{SECRET} explanation of inline" in reply
    assert not Answer.objects.exists()


def test_an_order_comes_as_its_items(client: Client) -> None:
    question("inline", "ordering", inline_allowed=True)
    right = key_of("inline", "item-1", "item-2", "item-3", "item-4")
    assert "✓ Right" in client.post("/questions/inline/check/", {"answer": right}).content.decode()


def test_the_answer_can_be_asked_for(client: Client) -> None:
    question("inline", "numeric", inline_allowed=True)
    reply = client.post("/questions/inline/check/", {"answer": "", "reveal": "1"}).content.decode()
    assert "2,227 requests" in reply


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"answer": ""},
        {"answer": "99"},
        {"answer": ["1", "2"]},
        {"answer": "1\x00"},
        {"answer": "x" * 5000},
        {"answer": "[" * 5000},
    ],
)
def test_what_is_no_answer_is_refused_in_words(client: Client, data: dict[str, str]) -> None:
    question("inline", inline_allowed=True)
    reply = client.post("/questions/inline/check/", data)
    assert reply.status_code == 422
    assert SECRET not in reply.content.decode()


@pytest.mark.parametrize("version", ["", "abc", "0", "-1", "999999999999", "٣"])
def test_a_hostile_version_is_no_error(client: Client, version: str) -> None:
    question("inline", inline_allowed=True)
    reply = client.post("/questions/inline/check/", {"answer": "1", "version": version})
    assert reply.status_code in (200, 404)


def test_exam_questions_are_not_asked_in_lessons(client: Client) -> None:
    question("exam")
    assert client.post("/questions/exam/check/", {"answer": "1"}).status_code == 404
    assert client.get("/questions/exam/inline/").status_code == 404
    assert client.get("/questions/exam/check/").status_code == 405
    Question.objects.update(inline_allowed=True, retired=True)
    assert client.post("/questions/exam/check/", {"answer": "1", "reveal": "1"}).status_code == 404


def test_guessing_is_slowed_down(client: Client) -> None:
    question("inline", inline_allowed=True)
    codes = [client.post("/questions/inline/check/", {"answer": "1"}).status_code for _ in range(32)]
    assert codes == [200] * 30 + [429] * 2


def test_a_text_in_a_lesson_is_compared_and_not_called_wrong(client: Client) -> None:
    question("text", "essay", inline_allowed=True)
    reply = client.post("/questions/text/check/", {"answer": "Retries make waiting."})
    page = reply.content.decode()
    assert f"{SECRET} model answer" in page
    assert "compare it yourself" in page
    assert "Not right" not in page
