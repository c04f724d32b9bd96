"""Saves: what is acknowledged is kept once, what is refused is not kept at all."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client

from quizzes.models import Answer, Attempt
from quizzes.services.finish import attempt_submit
from tests.quizzes.bank import SECRET, let_time_pass, person, started, values_of

ODD_CERTAINTIES: tuple[Any, ...] = ([1], {}, 1.0, True, 0, 4, "1")
pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt() -> Attempt:
    return started()


@pytest.fixture
def candidate(client: Client, attempt: Attempt) -> Client:
    client.force_login(attempt.user)
    return client


def url(attempt: Attempt, what: str = "answers") -> str:
    return f"/attempts/{attempt.uuid}/{what}/"


def post(client: Client, attempt: Attempt, body: Any) -> Any:
    text = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return client.post(url(attempt), text, content_type="application/json")


def answer(question: str, seq: int, value: Any) -> dict[str, Any]:
    return {"answers": [{"question": question, "seq": seq, "value": value}]}


def test_a_doubled_sending_is_acknowledged_and_kept_once(candidate: Client, attempt: Attempt) -> None:
    for _ in range(3):
        assert post(candidate, attempt, answer("1", 1, "2")).json()["fates"] == {"1:1": "kept"}
    assert values_of(attempt, 1) == ["2"]


def test_a_late_arrival_does_not_count_over_a_newer_one(candidate: Client, attempt: Attempt) -> None:
    post(candidate, attempt, answer("1", 2, "3"))
    reply = post(candidate, attempt, answer("1", 1, "1")).json()
    assert reply["fates"] == {"1:1": "kept"}
    assert reply["state"]["questions"]["1"]["value"] == "3"
    assert values_of(attempt, 1) == ["1", "3"]


def test_another_value_under_a_taken_number_is_a_conflict(candidate: Client, attempt: Attempt) -> None:
    post(candidate, attempt, answer("1", 1, "1"))
    reply = post(candidate, attempt, answer("1", 1, "2")).json()
    assert reply["fates"] == {"1:1": "conflict"}
    assert reply["state"]["questions"]["1"] == reply["state"]["questions"]["1"] | {"seq": 1, "value": "1"}


def test_a_flag_is_kept_for_the_next_browser(candidate: Client, attempt: Attempt) -> None:
    reply = post(candidate, attempt, {"flags": {"2": True}}).json()
    assert [name for name, standing in reply["state"]["questions"].items() if standing["flagged"]] == ["2"]
    assert attempt.questions.get(position=2).flagged


def test_a_submitted_attempt_takes_nothing_more(candidate: Client, attempt: Attempt) -> None:
    post(candidate, attempt, answer("1", 1, "1"))
    attempt_submit(attempt)
    reply = post(candidate, attempt, answer("1", 2, "2") | {"flags": {"1": True}})
    assert (reply.status_code, reply.json()["fates"]) == (409, {"1:2": "refused"})
    assert values_of(attempt, 1) == ["1"]
    assert not attempt.questions.filter(flagged=True).exists()


def test_an_answer_that_was_in_time_is_acknowledged_although_the_attempt_is_over(candidate: Client, attempt: Attempt) -> None:
    post(candidate, attempt, answer("1", 1, "1"))
    attempt_submit(attempt)
    reply = post(candidate, attempt, answer("1", 1, "1"))
    assert (reply.status_code, reply.json()["fates"]) == (409, {"1:1": "kept"})


@pytest.mark.parametrize(("seconds", "status"), [(599, 200), (605, 200), (611, 409)])
def test_the_grace_takes_what_was_on_its_way_and_no_more(
    candidate: Client, attempt: Attempt, seconds: int, status: int
) -> None:
    let_time_pass(attempt, seconds)
    assert post(candidate, attempt, answer("1", 1, "1")).status_code == status
    assert values_of(attempt, 1) == (["1"] if status == 200 else [])
    attempt.refresh_from_db()
    assert attempt.status == (Attempt.Status.IN_PROGRESS if status == 200 else Attempt.Status.EXPIRED)


@pytest.mark.parametrize(
    "body",
    [
        "", "{", "[]", "null", "1", '"x"', b"\xff\xfe", "[" * 5000, '{"answers": [1e999]}', '{"answers": ' + "9" * 5000 + "}",
        {"answers": {}}, {"answers": [[]]}, {"answers": [{}]}, {"other": []}, {"flags": []}, {"flags": {"1": "yes"}},
        {"flags": {"99": True}}, {"flags": {"x": True}},
        answer("0", 1, "1"), answer("5", 1, "1"), answer("-1", 1, "1"), answer("1e3", 1, "1"), answer("٣", 1, "1"),
        answer("1", 0, "1"), answer("1", -1, "1"), answer("1", 10**12, "1"),
        {"answers": [{"question": "1", "seq": "1", "value": "1"}]},
        {"answers": [{"question": "1", "seq": True, "value": "1"}]}, {"answers": [{"question": 1, "seq": 1, "value": "1"}]},
        answer("1", 1, "right-one"), answer("1", 1, ["1"]), answer("1", 1, {"$ne": 1}), answer("1", 1, "1\x00"),
        answer("2", 1, "1"), answer("2", 1, ["1", "9"]), answer("3", 1, "\ud800"), answer("3", 1, "x' OR 1=1"),
        answer("3", 1, [1]),
        answer("4", 1, ["1", "2", "3"]), answer("4", 1, ["1", "2", "3", "3"]),
        {"answers": [{"question": "1", "seq": 1, "value": "1", "attempt": "other"}]},
        *({"answers": [answer("1", 1, "1")["answers"][0] | {"certainty": odd}]} for odd in ODD_CERTAINTIES),
        {"answers": [{"question": "1", "seq": 1, "value": "1"}] * 2},
        {"answers": [{"question": "1", "seq": 1, "value": "1"}] * 201},
        "x" * 70_000,
    ],
)  # fmt: skip
def test_hostile_input_is_refused_in_words_and_nothing_is_kept(candidate: Client, attempt: Attempt, body: Any) -> None:
    reply = post(candidate, attempt, body)
    assert reply.status_code == 422, reply.content
    assert reply.json()["message"]
    assert SECRET not in reply.content.decode()
    assert not Answer.objects.exists()


def test_one_wrong_answer_keeps_the_whole_request_out_and_is_named(candidate: Client, attempt: Attempt) -> None:
    good, bad = answer("1", 1, "1")["answers"], answer("3", 1, "lots")["answers"]
    reply = post(candidate, attempt, {"answers": good + bad})
    assert reply.status_code == 422
    assert list(reply.json()["errors"]) == ["3:1"]
    assert not Answer.objects.exists()


def test_somebody_elses_attempt_does_not_exist(client: Client, attempt: Attempt) -> None:
    client.force_login(person("somebody-else"))
    assert post(client, attempt, answer("1", 1, "1")).status_code == 404
    assert client.get(url(attempt, "state")).status_code == 404
    assert client.get(f"/attempts/{attempt.uuid}/").status_code == 404
    assert client.post(url(attempt, "submit")).status_code == 404
    assert not Answer.objects.exists()
    attempt.refresh_from_db()
    assert attempt.running


def test_signed_out_is_said_in_json_with_the_way_back(client: Client, attempt: Attempt) -> None:
    reply = post(client, attempt, answer("1", 1, "1"))
    assert reply.status_code == 401
    assert f"next=%2Fattempts%2F{attempt.uuid}%2F" in reply.json()["login_url"]


def test_wrong_methods_are_refused(candidate: Client, attempt: Attempt) -> None:
    assert candidate.get(url(attempt)).status_code == 405
    assert candidate.post(url(attempt, "state")).status_code == 405
    assert candidate.get(url(attempt, "submit")).status_code == 405
    assert candidate.get("/quizzes/breakers/start/").status_code == 405
    assert candidate.post("/quizzes/").status_code == 405
    assert candidate.delete(f"/attempts/{attempt.uuid}/").status_code == 405


def test_saves_are_guarded_against_forgery(attempt: Attempt) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(attempt.user)
    assert post(client, attempt, answer("1", 1, "1")).status_code == 403


def test_the_source_of_a_running_attempt_holds_no_answers(candidate: Client, attempt: Attempt) -> None:
    source = candidate.get(f"/attempts/{attempt.uuid}/").content.decode()
    assert "Stem of single-choice?" in source
    for hidden in (SECRET, "right-one", "wrong-one", "item-1", "unavailable", "rate_rps", "2227", "misconception", "correct"):
        assert hidden not in source


def test_a_closed_question_is_looked_at_no_longer(candidate: Client, attempt: Attempt) -> None:
    let_time_pass(attempt, 100)
    attempt.questions.filter(position=1).update(closed_at=F("opened_at") + timedelta(seconds=30))
    post(candidate, attempt, {"active_ms": {"1": 90_000, "2": 90_000}})
    assert list(attempt.questions.filter(position__lte=2).values_list("active_ms", flat=True)) == [30_000, 90_000]
