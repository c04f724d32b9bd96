"""A candidate's whole way: introduction, start, answers, hand in, review."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from quizzes.models import Attempt
from tests.quizzes.bank import SECRET, bank, person, quiz, right_answer

pytestmark = pytest.mark.django_db


def save(client: Client, attempt: Attempt, *answers: tuple[str, int, Any]) -> Any:
    body = {"answers": [{"question": name, "seq": seq, "value": value} for name, seq, value in answers]}
    return client.post(reverse("quizzes:answers", args=[attempt.uuid]), json.dumps(body), content_type="application/json")


def test_a_candidate_starts_answers_hands_in_and_reads_the_review(client: Client) -> None:
    bank()
    quiz()
    client.force_login(person())
    assert "Breakers" in client.get("/quizzes/").content.decode()
    assert "10 min" in client.get("/quizzes/breakers/").content.decode()
    page = client.post("/quizzes/breakers/start/", follow=True)
    attempt = Attempt.objects.get()
    assert page.redirect_chain[-1][0] == f"/attempts/{attempt.uuid}/"
    assert SECRET not in page.content.decode()
    by_machine = attempt.questions.exclude(version__kind__in=["ordering", "essay"]).values_list("position", flat=True)
    answers = [(str(position), 1, right_answer(attempt, position)) for position in by_machine]
    reply = save(client, attempt, *answers, ("4", 1, ["1", "2", "3", "4"]))
    assert reply.status_code == 200, reply.content
    assert set(reply.json()["fates"].values()) == {"kept"}
    review = client.post(f"/attempts/{attempt.uuid}/submit/", follow=True)
    attempt.refresh_from_db()
    assert attempt.status == Attempt.Status.SUBMITTED
    total = attempt.questions.count()
    assert total - 2 <= (attempt.score or 0) * total < total - 1
    assert f"{SECRET} explanation of numeric" in review.content.decode()
