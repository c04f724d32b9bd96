"""A corrected key: the plan says who gains and who loses, applying it adds grades, and history stays."""

from copy import deepcopy
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from quizzes.errors import RegradeRefused
from quizzes.models import Attempt, Grade, Question, QuestionVersion
from quizzes.services.answers import Sent, answers_save
from quizzes.services.bank import Content, question_save
from quizzes.services.finish import attempt_submit
from quizzes.services.regrading import regrade_apply, regrade_plan
from quizzes.services.start import attempt_start
from tests.quizzes.bank import SINGLE, person, question, quiz, right_answer

pytestmark = pytest.mark.django_db


def answered() -> tuple[Attempt, Attempt]:
    """One person was right by the old key, one said what the new key takes."""
    question("one")
    test = quiz(sections=[{"questions": ["one"]}])
    right, wrong = (attempt_start(person(name), test) for name in ("right", "wrong"))
    answers_save(right, [Sent(1, 1, right_answer(right, 1))])
    order = wrong.questions.get().frozen["order"]
    answers_save(wrong, [Sent(1, 1, str(order.index("wrong-one") + 1))])
    attempt_submit(right)
    attempt_submit(wrong)
    return right, wrong


def corrected(**changes: object) -> QuestionVersion:
    """`wrong-one` is the right one after all."""
    definition: dict[str, Any] = deepcopy(SINGLE)
    for option in definition["options"]:
        option["correct"] = option["id"] == "wrong-one"
    definition |= changes
    return question_save(Question.objects.get(), Content(kind="single-choice", stem="Stem?", definition=definition))


def test_the_plan_says_who_gains_and_who_loses_and_changes_nothing() -> None:
    right, wrong = answered()
    plan = regrade_plan(corrected())
    assert [change.question.attempt for change in plan.gained] == [wrong]
    assert [change.question.attempt for change in plan.lost] == [right]
    right.refresh_from_db()
    assert right.score == 1.0
    assert Grade.objects.count() == 2


def test_applying_moves_the_scores_and_keeps_what_was() -> None:
    right, wrong = answered()
    made = regrade_apply(corrected(), reason="The key was wrong", by=person("teacher"))
    right.refresh_from_db()
    wrong.refresh_from_db()
    assert (right.score, wrong.score, made.gained, made.lost) == (0.0, 1.0, 1, 1)
    history = wrong.questions.get().grades.order_by("id").values_list("score", "version__number", "reason")
    assert list(history) == [(0.0, 1, ""), (1.0, 2, "The key was wrong")]


def test_nobody_need_lose() -> None:
    right, wrong = answered()
    made = regrade_apply(corrected(), reason="Both hold", by=None, keep_gains_only=True)
    right.refresh_from_db()
    wrong.refresh_from_db()
    assert (right.score, wrong.score, made.lost) == (1.0, 1.0, 0)


def test_applied_twice_there_is_nothing_left_to_do() -> None:
    answered()
    version = corrected()
    regrade_apply(version, reason="The key was wrong", by=None)
    assert not regrade_plan(version).changes


def test_who_was_asked_something_else_is_left_alone() -> None:
    right, _ = answered()
    more = deepcopy(SINGLE)["options"] + [{"id": "new-one", "text": "Another"}]
    plan = regrade_plan(corrected(options=more))
    assert len(plan.left_alone) == 2
    assert not plan.gained
    regrade_apply(plan.version, reason="Another option", by=None)
    right.refresh_from_db()
    assert right.score == 1.0


def test_a_correction_says_why() -> None:
    answered()
    with pytest.raises(RegradeRefused, match="why"):
        regrade_apply(corrected(), reason="  ", by=None)


def test_the_database_changes_no_grade() -> None:
    answered()
    with pytest.raises(DatabaseError), transaction.atomic():
        Grade.objects.update(score=1.0)
