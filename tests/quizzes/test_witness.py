"""Answers that name a run: whose it must be, when it must be from, what is kept of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labs.models import Run
from quizzes.kinds import AnswerError
from quizzes.models import Answer, Attempt
from quizzes.services.answers import latest_answers
from quizzes.services.finish import attempt_submit
from quizzes.services.start import attempt_start
from quizzes.services.witness import own_runs, run_facts
from tests.quizzes.bank import SECRET, person, question, quiz
from tests.quizzes.own_runs import own_run, parameters
from tests.quizzes.test_spine import save

pytestmark = pytest.mark.django_db
BEFORE = timedelta(minutes=1)


@pytest.fixture
def attempt() -> Attempt:
    question("goal", "lab-goal")
    return attempt_start(person(), quiz(sections=[{"questions": ["goal"]}]))


def facts_of(attempt: Attempt, raw: str) -> Any:
    drawn = attempt.questions.select_related("version").get()
    return run_facts(attempt, drawn, drawn.posed.response(raw))


def aged(run: Run) -> Run:
    """As if it had been started before the attempt."""
    Run.objects.filter(pk=run.pk).update(created_at=timezone.now() - BEFORE)
    return run


def test_the_answer_keeps_enough_to_be_graded_without_the_run(client: Client, attempt: Attempt) -> None:
    client.force_login(attempt.user)
    run = own_run(attempt.user, changes=({"t_s": 11.0, "kind": "do", "name": "break"},))
    named = f"{run.pk}@1"
    assert save(client, attempt, ("1", 1, named)).status_code == 200
    run.delete()
    assert save(client, attempt, ("1", 1, named)).json()["fates"] == {"1:1": "kept"}  # sent again, after the run has gone
    (answer,) = latest_answers(attempt).values()
    facts: Any = answer.facts
    assert facts["changes"] == [{"t_s": 11.0, "kind": "do", "name": "break", "value": None, "target": ""}]
    assert facts["events"] == [["m", 14.0, "windowed", "state", "open"]]
    attempt_submit(attempt)
    attempt.refresh_from_db()
    assert attempt.score == 1.0
    review = client.get(f"/attempts/{attempt.uuid}/").content.decode()
    assert "met at 14" in review
    assert f"{SECRET} solution" in review


def test_what_the_run_did_is_not_told_while_the_attempt_runs(client: Client, attempt: Attempt) -> None:
    client.force_login(attempt.user)
    run = own_run(attempt.user)
    saved = save(client, attempt, ("1", 1, str(run.pk)))
    shown = saved.content.decode() + client.get(f"/attempts/{attempt.uuid}/").content.decode()
    shown += client.get(f"/attempts/{attempt.uuid}/questions/1/runs/").content.decode()
    for hidden in (SECRET, "item-1", "openings", "It opened"):
        assert hidden not in shown


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"lab": "retry-storm"}, "another lab"),
        ({"status": "queued", "series": None, "summary": None, "finished_at": None}, "still being computed"),
        ({"status": "failed", "message": "Too large.", "series": None, "summary": None}, "no result: Too large."),
        ({"parameters": parameters(keys=400)}, "must stay 500"),
        ({"take": 2, "take_starts": [0.0, 5.0]}, "changed since you chose it"),
        ({"forked_at_s": 30.0}, "a fork"),
    ],
)
def test_a_run_that_cannot_count_is_refused_in_words(attempt: Attempt, fields: dict[str, Any], words: str) -> None:
    run = own_run(attempt.user, **fields)
    with pytest.raises(AnswerError, match=words):
        facts_of(attempt, f"{run.pk}@1")
    assert not Answer.objects.exists()


def test_a_run_of_somebody_else_does_not_exist(attempt: Attempt) -> None:
    for run in (own_run(person("other")), own_run(None, visitor="a" * 43)):
        with pytest.raises(AnswerError, match="no such run of yours"):
            facts_of(attempt, str(run.pk))
    with pytest.raises(AnswerError, match="no such run of yours"):
        facts_of(attempt, "00000000-0000-0000-0000-000000000000")


def test_a_run_from_before_the_attempt_counts_only_where_the_question_says_so(attempt: Attempt) -> None:
    run = aged(own_run(attempt.user))
    with pytest.raises(AnswerError, match="before this attempt began"):
        facts_of(attempt, str(run.pk))
    version = attempt.questions.get().version
    definition = {**version.definition, "own_attempt": False}
    other = question("any-time", "lab-goal", definition=definition)
    attempt.questions.update(version=other)
    assert facts_of(attempt, str(run.pk))["run"] == str(run.pk)


def test_a_fork_counts_when_all_that_it_comes_from_does(attempt: Attempt) -> None:
    first = own_run(attempt.user)
    second = own_run(attempt.user, parent=first, forked_at_s=5.0)
    third = own_run(attempt.user, parent=second, forked_at_s=9.0)
    assert facts_of(attempt, str(third.pk))["run"] == str(third.pk)
    Run.objects.filter(pk=first.pk).update(owner=person("other"))
    with pytest.raises(AnswerError, match="a fork"):
        facts_of(attempt, str(third.pk))


def test_the_facts_of_a_run_take_one_query(attempt: Attempt) -> None:
    run = own_run(attempt.user, changes=({"t_s": 11.0, "kind": "do", "name": "break"},))
    drawn = attempt.questions.select_related("version").get()
    response = drawn.posed.response(str(run.pk))
    with CaptureQueriesContext(connection) as queries:
        run_facts(attempt, drawn, response)
    assert len(queries) == 1


def test_own_runs_are_listed_newest_first_with_why_some_do_not_count(client: Client, attempt: Attempt) -> None:
    aged(own_run(attempt.user))
    own_run(attempt.user, lab="retry-storm")
    own_run(person("other"))
    good = own_run(attempt.user, parameters=parameters(open_s=2.0))
    bad = own_run(attempt.user, parameters=parameters(keys=400))
    client.force_login(attempt.user)
    listed = client.get(f"/attempts/{attempt.uuid}/questions/1/runs/").json()["runs"]
    assert [row["answer"] for row in listed] == [f"{bad.pk}@1", f"{good.pk}@1"]
    assert listed[1]["words"] == "Open for 2 s"
    assert (listed[0]["why_not"] != "", listed[1]["why_not"]) == (True, "")
    assert len(own_runs(attempt, attempt.questions.get())) == 2


def test_runs_are_listed_for_questions_that_ask_for_one_and_for_their_person(client: Client, attempt: Attempt) -> None:
    address = f"/attempts/{attempt.uuid}/questions/1/runs/"
    assert client.get(address).status_code == 401
    client.force_login(person("other"))
    assert client.get(address).status_code == 404
    client.force_login(attempt.user)
    assert client.get(address.replace("/1/", "/2/")).status_code == 404
    attempt.questions.update(version=question("single"))
    assert client.get(address).status_code == 404
