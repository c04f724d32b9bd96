"""No page of a running attempt holds its answers: every kind, every mode, every page and reply that a candidate can ask for."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from quizzes.models import Attempt
from quizzes.services.sections import section_open
from quizzes.services.start import attempt_start
from tests.quizzes.bank import DEFINITIONS, SECRET, bank, person, question, quiz

pytestmark = pytest.mark.django_db
IDS = ("right-one", "wrong-one", "item-1", "item-2", "pair-1", "crit-loop", "unavailable", "rate_rps * open_s", "2227")
MODES: dict[str, dict[str, Any]] = {
    "exam": {"mode": "exam"},
    "practice": {"mode": "practice", "certainty": True},
    "interview": {"mode": "interview"},
    "one-way": {"mode": "exam", "one_way": True},
}


@pytest.fixture
def every_kind() -> None:
    bank()
    question("with-hints", hints=(f"{SECRET} hint",))


def sources(client: Client, attempt: Attempt) -> Iterator[tuple[str, str]]:
    """Everything that this person's browser can be given while the attempt runs."""
    here = f"/attempts/{attempt.uuid}/"
    for path in (here, f"{here}state/", f"/quizzes/{attempt.quiz.slug}/", "/quizzes/", "/review/", "/search/?q=breaker"):
        yield path, client.get(path, follow=True).content.decode()
    for drawn in attempt.questions.all():
        yield f"runs of {drawn.position}", client.get(f"{here}questions/{drawn.position}/runs/").content.decode()
        body = {"answers": [{"question": str(drawn.position), "seq": 1, "value": "1"}], "flags": {str(drawn.position): True}}
        reply = client.post(f"{here}answers/", json.dumps(body), content_type="application/json")
        yield f"answer to {drawn.position}", reply.content.decode()


@pytest.mark.parametrize("mode", MODES)
def test_nothing_that_a_candidate_is_given_holds_an_answer(every_kind: None, mode: str) -> None:
    rules: dict[str, Any] = {"time_limit_s": None, "sections": [{"questions": [*DEFINITIONS, "with-hints"]}], **MODES[mode]}
    attempt = attempt_start(person(), quiz(**rules))
    client = Client()
    client.force_login(attempt.user)
    if mode == "interview":
        assert SECRET not in client.get(f"/attempts/{attempt.uuid}/").content.decode()
        section_open(attempt, 1)
    for path, source in sources(client, attempt):
        found = [secret for secret in (SECRET, *IDS) if secret in source]
        assert not found, f"{path} holds {found}"
