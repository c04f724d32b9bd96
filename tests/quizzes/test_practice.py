"""Practice: judged at once, tries and hints cost what is stated, and nothing is told before it is asked for."""

import json
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext

from quizzes.errors import AttemptClosed
from quizzes.models import Attempt, Check, HintShown
from quizzes.services.answers import Sent, answers_save
from quizzes.services.checks import solution_show
from quizzes.services.finish import attempt_submit
from quizzes.services.grading import given_by, judged
from quizzes.services.review import EVERYTHING, attempt_review, certainty_levels
from quizzes.services.start import attempt_start
from tests.quizzes.bank import SECRET, person, question, quiz, right_answer

pytestmark = pytest.mark.django_db
HINTS = (f"{SECRET} first hint", f"{SECRET} second hint")


@pytest.fixture
def attempt() -> Attempt:
    question("one", hints=HINTS)
    question("two")
    return attempt_start(person(), quiz(mode="practice", sections=[{"questions": ["one", "two"]}], time_limit_s=None))


@pytest.fixture
def learner(attempt: Attempt) -> Client:
    client = Client()
    client.force_login(attempt.user)
    return client


def step(client: Client, attempt: Attempt, what: str, number: int = 0, position: int = 1) -> tuple[int, dict[str, Any]]:
    url = f"/attempts/{attempt.uuid}/questions/{position}/{what}/"
    reply = client.post(url, json.dumps({"number": number}), content_type="application/json")
    return reply.status_code, reply.json()


def wrong_answer(attempt: Attempt, position: int = 1) -> str:
    return next(key for key in "123" if key != right_answer(attempt, position))


def score_of(attempt: Attempt) -> float | None:
    grade = attempt.questions.get(position=1).grade
    return None if grade is None else grade.score


def say(attempt: Attempt, seq: int, value: Any) -> None:
    assert answers_save(attempt, [Sent(1, seq, value)]) == {f"1:{seq}": "kept"}


def test_the_page_holds_no_hint_and_no_answer_before_they_are_asked_for(attempt: Attempt, learner: Client) -> None:
    html = learner.get(f"/attempts/{attempt.uuid}/").content.decode()
    assert "2 left" in html
    assert SECRET not in html


def test_a_wrong_answer_is_explained_and_a_right_one_closes_the_question(attempt: Attempt, learner: Client) -> None:
    say(attempt, 1, wrong_answer(attempt))
    status, body = step(learner, attempt, "check", 1)
    assert (status, body["closed"]) == (200, False)
    assert "Not right" in body["html"]
    assert f"{SECRET} no" in body["html"]
    assert f"{SECRET} yes" not in body["html"]
    say(attempt, 2, right_answer(attempt, 1))
    status, body = step(learner, attempt, "check", 2)
    assert (status, body["closed"]) == (200, True)
    assert f"{SECRET} explanation" in body["html"]
    assert answers_save(attempt, [Sent(1, 3, wrong_answer(attempt))]) == {"1:3": "refused"}


def test_a_second_try_and_a_hint_cost_what_the_rules_say(attempt: Attempt, learner: Client) -> None:
    say(attempt, 1, wrong_answer(attempt))
    step(learner, attempt, "check", 1)
    step(learner, attempt, "hint", 1)
    say(attempt, 2, right_answer(attempt, 1))
    _, body = step(learner, attempt, "check", 2)
    assert "worth 57 %" in body["html"]  # 2/3 - 0.1
    attempt_submit(attempt)
    assert score_of(attempt) == pytest.approx(2 / 3 - 0.1)


def test_the_same_answer_checked_twice_is_one_try(attempt: Attempt, learner: Client) -> None:
    say(attempt, 1, wrong_answer(attempt))
    for _ in range(2):
        assert step(learner, attempt, "check", 1)[0] == 200
    assert Check.objects.count() == 1


def test_hints_come_one_by_one_and_cost_once(attempt: Attempt, learner: Client) -> None:
    assert step(learner, attempt, "hint", 2)[0] == 409
    for _ in range(2):
        status, body = step(learner, attempt, "hint", 1)
        assert status == 200
        assert "first hint" in body["html"]
        assert "second hint" not in body["html"]
    assert HintShown.objects.count() == 1


def test_after_the_solution_was_shown_the_question_brings_what_it_had(attempt: Attempt, learner: Client) -> None:
    say(attempt, 1, wrong_answer(attempt))
    status, body = step(learner, attempt, "solution")
    assert status == 200
    assert f"{SECRET} explanation" in body["html"]
    assert answers_save(attempt, [Sent(1, 2, right_answer(attempt, 1))]) == {"1:2": "refused"}
    assert "Stem of one" in learner.get(f"/attempts/{attempt.uuid}/").content.decode()
    attempt_submit(attempt)
    assert attempt.score == 0.0


def test_an_answer_that_was_not_checked_counts_as_the_last_try(attempt: Attempt, learner: Client) -> None:
    say(attempt, 1, wrong_answer(attempt))
    step(learner, attempt, "check", 1)
    say(attempt, 2, right_answer(attempt, 1))
    attempt_submit(attempt)
    assert score_of(attempt) == pytest.approx(2 / 3)


def test_an_exam_checks_nothing_and_hints_nothing(learner: Client, attempt: Attempt) -> None:
    exam = attempt_start(attempt.user, quiz("exam", sections=[{"questions": ["one"]}]))
    answers_save(exam, [Sent(1, 1, "1")])
    for what, number in (("check", 1), ("hint", 1), ("solution", 0)):
        status, body = step(learner, exam, what, number)
        assert status == 409
        assert SECRET not in json.dumps(body)


def test_being_sure_and_wrong_shows_beside_the_score_and_never_in_it(learner: Client, attempt: Attempt) -> None:
    exam = attempt_start(attempt.user, quiz("exam", sections=[{"questions": ["one", "two"]}], certainty=True))
    answers_save(exam, [Sent(1, 1, right_answer(exam, 1), 3), Sent(2, 1, wrong_answer(exam, 2), 3)])
    attempt_submit(exam)
    assert exam.score == 0.5
    html = learner.get(f"/attempts/{exam.uuid}/").content.decode()
    assert "very sure: 3" in html
    assert "very sure: -6" in html
    assert '<td class="num">-3</td>' in html


def test_being_sure_of_the_answer_that_was_right_counts_as_right_whatever_the_tries_cost(learner: Client) -> None:
    question("three"), question("text", "essay")
    rules = {"mode": "practice", "sections": [{"questions": ["three", "text"]}], "certainty": True}
    attempt = attempt_start(person("second"), quiz("sure", **rules))
    learner.force_login(attempt.user)
    html = learner.get(f"/attempts/{attempt.uuid}/").content.decode()
    assert html.count("data-certainty") == 1  # nobody can be sure of what a person will give for a text
    answers_save(attempt, [Sent(1, 1, wrong_answer(attempt), 3)])
    step(learner, attempt, "check", 1)
    answers_save(attempt, [Sent(1, 2, right_answer(attempt, 1), 2), Sent(2, 1, "A text of some words.", 3)])
    step(learner, attempt, "check", 2)
    attempt_submit(attempt)
    one, text = attempt_review(attempt, EVERYTHING)
    assert one.score == pytest.approx(2 / 3)
    assert (one.certainty_mark, text.certainty_mark) == (2, None)
    assert [level.right for level in certainty_levels([one, text]) if level.said] == [1]


def test_the_page_asks_the_database_as_often_for_many_questions_as_for_few(
    attempt: Attempt, learner: Client, django_assert_max_num_queries: Any
) -> None:
    say(attempt, 1, wrong_answer(attempt))
    step(learner, attempt, "check", 1)
    step(learner, attempt, "hint", 1)
    step(learner, attempt, "solution", position=2)
    with CaptureQueriesContext(connection) as few:
        learner.get(f"/attempts/{attempt.uuid}/")
        allowed = len(few)
    many = attempt_start(attempt.user, quiz("many", mode="practice", sections=[{"questions": more_questions(8)}]))
    for position in range(1, 9):
        step(learner, many, "solution", position=position)
    with django_assert_max_num_queries(allowed):
        learner.get(f"/attempts/{many.uuid}/")


def more_questions(count: int) -> list[str]:
    return [question(f"more-{number}", hints=HINTS).question.slug for number in range(count)]


def test_a_hint_costs_the_tries_after_it_and_no_try_falls_below_nothing(attempt: Attempt, learner: Client) -> None:
    step(learner, attempt, "hint", 1)
    say(attempt, 1, wrong_answer(attempt))
    step(learner, attempt, "check", 1)
    assert worth(attempt) == 0.0
    step(learner, attempt, "hint", 2)
    say(attempt, 2, right_answer(attempt, 1))  # handed in without a check
    assert worth(attempt) == pytest.approx(2 / 3 - 0.2)


def test_a_hint_before_the_only_try_costs_too(attempt: Attempt, learner: Client) -> None:
    step(learner, attempt, "hint", 1)
    say(attempt, 1, right_answer(attempt, 1))
    assert worth(attempt) == pytest.approx(0.9)


def worth(attempt: Attempt) -> float | None:
    """What the first question would bring if the attempt were handed in now."""
    drawn = attempt.questions.get(position=1)
    return judged(attempt, drawn.posed, given_by(attempt)[drawn.pk]).outcome.score


def test_a_hint_after_a_try_takes_nothing_from_it_and_no_remark_tells_what_was_not_chosen(learner: Client) -> None:
    question("several", "multiple-choice", hints=HINTS)
    rules = {"mode": "practice", "sections": [{"questions": ["several"]}]}
    attempt = attempt_start(person("second"), quiz("several", **rules))
    learner.force_login(attempt.user)
    say(attempt, 1, right_answer(attempt, 1)[:1])
    _, body = step(learner, attempt, "check", 1)
    assert body["html"].count(f"{SECRET} yes") == 1  # of the one that was chosen
    before = worth(attempt)
    step(learner, attempt, "hint", 1)
    assert worth(attempt) == before
    assert before


def test_only_the_newest_answer_to_an_open_question_in_time_is_judged(attempt: Attempt, learner: Client) -> None:
    say(attempt, 1, wrong_answer(attempt))
    say(attempt, 2, None)
    for number in (1, 2, 3):  # an older one, one taken back, one that never came
        assert step(learner, attempt, "check", number)[0] == 409
    say(attempt, 3, wrong_answer(attempt))
    assert step(learner, attempt, "check", 1)[0] == 409
    step(learner, attempt, "solution")
    for what, number in (("check", 3), ("hint", 1), ("solution", 0)):
        assert step(learner, attempt, what, number)[0] == 409
    Attempt.objects.update(due_at=F("started_at"), deadline_at=F("started_at"))
    attempt.refresh_from_db()
    with pytest.raises(AttemptClosed, match="over"):
        solution_show(attempt, 2)  # asked before the clock's work was done
    assert not Check.objects.exists()
    assert not HintShown.objects.exists()
