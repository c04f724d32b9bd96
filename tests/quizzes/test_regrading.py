"""A corrected key: the plan says who gains and who loses, applying it adds grades, and history stays."""

from copy import deepcopy
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from accounts.models import User
from quizzes.errors import RegradeRefused
from quizzes.models import Attempt, EssayAnswer, Grade, Question, QuestionVersion, Quiz, Regrade
from quizzes.services.answers import Sent, answers_save
from quizzes.services.bank import Content, question_save
from quizzes.services.essays import Mark, essay_grade
from quizzes.services.finish import attempt_submit
from quizzes.services.regrade_effects import regrade_effects
from quizzes.services.regrading import regrade_apply, regrade_plan
from quizzes.services.start import attempt_start
from tests.quizzes.bank import ESSAY, SINGLE, person, question, quiz, right_answer

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


def test_a_newer_version_made_meanwhile_is_said_and_nothing_is_changed() -> None:
    right, _ = answered()
    previewed = corrected()
    corrected(options=deepcopy(SINGLE)["options"])
    with pytest.raises(RegradeRefused, match="Version 3 was made in the meantime"):
        regrade_apply(previewed, reason="The key was wrong", by=None)
    right.refresh_from_db()
    assert right.score == 1.0


def test_two_who_correct_at_once_correct_once() -> None:
    answered()
    version = corrected()
    regrade_apply(version, reason="The key was wrong", by=None)
    with pytest.raises(RegradeRefused, match="in the meantime"):
        regrade_apply(version, reason="The key was wrong", by=None)
    assert Regrade.objects.count() == 1


def test_what_a_person_graded_stays_when_that_person_is_gone() -> None:
    question("essay", "essay")
    attempt = attempt_start(person(), quiz(sections=[{"questions": ["essay"]}]))
    answers_save(attempt, [Sent(1, 1, "Waiting makes retries.")])
    attempt_submit(attempt)
    grader = person("grader")
    essay = EssayAnswer.objects.get()
    essay_grade(essay, [Mark(3), Mark(2)], by=grader, seen=essay.grade_id or 0)
    grader.delete()
    version = question_save(
        Question.objects.get(), Content(kind="essay", stem="Another?", definition=ESSAY | {"max_words": 200})
    )
    assert [change.fate for change in regrade_plan(version).changes] == ["by-hand"]
    regrade_apply(version, reason="Fewer words", by=None)
    attempt.refresh_from_db()
    assert (attempt.score, attempt.needs_grading) == (1.0, False)


def test_the_effects_are_those_of_the_whole_attempt_and_its_pass_mark() -> None:
    right, wrong = answered()
    Attempt.objects.update(pass_mark=0.5)
    found = regrade_effects(regrade_plan(corrected()))
    assert [(effect.change.question.attempt_id, effect.before, effect.after, effect.flip) for effect in found] == [
        (right.pk, 1.0, 0.0, "fails"), (wrong.pk, 0.0, 1.0, "passes"),
    ]  # fmt: skip


def page() -> str:
    return f"/admin/quizzes/question/{Question.objects.get().pk}/regrade/"


def test_the_page_previews_applies_and_the_learner_reads_why(instructor: Client) -> None:
    _, wrong = answered()
    assert "Nothing to correct" in instructor.get(page()).content.decode()
    version = corrected()
    shown = " ".join(instructor.get(page()).content.decode().split())
    assert "100 % → 0 %" in shown
    assert "0 % → 100 %" in shown
    assert not Regrade.objects.exists()
    refused = instructor.post(page(), {"version": version.pk, "reason": " "})
    assert (refused.status_code, Regrade.objects.count()) == (422, 0)
    applied = instructor.post(
        page(), {"version": version.pk, "reason": "Waiting was right, too", "nobody_loses": "on"}, follow=True
    )
    assert "1 gained, 0 lost, 0 as before" in applied.content.decode()
    assert [(row.reason, row.by and row.by.username) for row in Regrade.objects.all()] == [
        ("Waiting was right, too", "instructor")
    ]
    learner = Client()
    learner.force_login(wrong.user)
    assert "were corrected:</b> Waiting was right, too" in learner.get(f"/attempts/{wrong.uuid}/").content.decode()
    Quiz.objects.update(review={"marks": "never"})
    assert "Waiting was right, too" not in learner.get(f"/attempts/{wrong.uuid}/").content.decode()


def test_saving_another_key_leads_to_the_marks_that_the_old_one_gave(instructor: Client) -> None:
    answered()
    form = f"/admin/quizzes/question/{Question.objects.get().pk}/change/"
    values = {field.html_name: field.value() for field in instructor.get(form).context["adminform"].form}
    sent = {name: value for name, value in values.items() if value not in (None, False)} | {"stem": "Another stem?"}
    saved = instructor.post(form, sent, follow=True).content.decode()
    assert "2 marks were given by older versions." in saved
    assert f'<a href="{page()}">See what version 2 would change</a>' in saved


def test_the_page_refuses_a_preview_that_is_out_of_date_and_who_may_not(instructor: Client) -> None:
    answered()
    old = corrected()
    corrected(options=deepcopy(SINGLE)["options"])
    reply = instructor.post(page(), {"version": old.pk, "reason": "The key was wrong"})
    assert reply.status_code == 422
    assert "Version 3 was made in the meantime" in reply.content.decode()
    user = User.objects.get(username="instructor")
    user.user_permissions.remove(*user.user_permissions.filter(codename="add_regrade"))
    assert instructor.get(page()).status_code == 403
    assert instructor.post(page(), {"version": old.pk, "reason": "x"}).status_code == 403


def test_the_database_changes_no_grade() -> None:
    answered()
    with pytest.raises(DatabaseError), transaction.atomic():
        Grade.objects.update(score=1.0)
