"""A restart of Valkey in the middle of a quiz costs nobody an answer: saves need the database alone."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.test import Client

from quizzes.models import Attempt
from tests.quizzes.bank import FOUR, bank, person, quiz, right_answer, values_of
from tests.servers import OwnValkey
from tests.site import Children

SOON_S = 5.0


@pytest.fixture
def own_valkey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnValkey]:
    own = OwnValkey(tmp_path / "valkey")
    own.start()
    for name in ("REDIS_URL", "CELERY_BROKER_URL"):
        monkeypatch.setenv(name, own.server.url)
    yield own
    own.kill()


@pytest.fixture
def candidate(own_valkey: OwnValkey, children: Children) -> Iterator[httpx.Client]:
    """Signed in at a web process that knows only this test's Valkey."""
    bank()
    quiz(sections=FOUR)
    signed_in = Client()
    signed_in.force_login(person())
    web = children.web()
    cookies = {"sessionid": signed_in.cookies["sessionid"].value}
    with httpx.Client(base_url=web.url, cookies=cookies, timeout=SOON_S, follow_redirects=True) as browser:
        browser.get("/quizzes/breakers/")
        browser.headers["X-CSRFToken"] = browser.cookies["csrftoken"]
        yield browser


def save(browser: httpx.Client, attempt: Attempt, seq: int, value: str) -> None:
    body = {"answers": [{"question": "1", "seq": seq, "value": value}]}
    began = time.monotonic()
    reply = browser.post(f"/attempts/{attempt.uuid}/answers/", json=body)
    assert reply.status_code == 200, reply.text
    assert reply.json()["fates"] == {f"1:{seq}": "kept"}
    assert time.monotonic() - began < SOON_S


@pytest.mark.slow
def test_valkey_may_go_and_come_back_empty_while_a_quiz_is_answered(own_valkey: OwnValkey, candidate: httpx.Client) -> None:
    candidate.post("/quizzes/breakers/start/")
    attempt = Attempt.objects.get()
    save(candidate, attempt, 1, "1")
    own_valkey.kill()
    save(candidate, attempt, 2, "2")
    assert candidate.get(f"/attempts/{attempt.uuid}/").status_code == 200
    save(candidate, attempt, 3, "3")
    own_valkey.start()
    save(candidate, attempt, 4, right_answer(attempt, 1))
    own_valkey.kill()
    review = candidate.post(f"/attempts/{attempt.uuid}/submit/")
    assert "Review of attempt 1" in review.text
    assert values_of(attempt, 1) == ["1", "2", "3", right_answer(attempt, 1)]
    assert Attempt.objects.get().score == 0.25


@pytest.mark.slow
def test_an_attempt_starts_while_valkey_is_away(own_valkey: OwnValkey, candidate: httpx.Client) -> None:
    own_valkey.kill()
    began = time.monotonic()
    page = candidate.post("/quizzes/breakers/start/")
    assert "Question 4" in page.text
    assert time.monotonic() - began < SOON_S
    save(candidate, Attempt.objects.get(), 1, "1")
