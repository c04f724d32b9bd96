"""Texts graded by people: what waits, what a grade does to an attempt, and that no grader overwrites another."""

from threading import Barrier, Thread
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client

from accounts.models import User
from quizzes.errors import GradedMeanwhile, GradingRefused
from quizzes.models import Attempt, EssayAnswer, Grade
from quizzes.services.answers import Sent, answers_save
from quizzes.services.bank import Content, question_save
from quizzes.services.essays import Mark, essay_grade, essays, neighbours, waiting
from quizzes.services.finish import attempt_submit
from quizzes.services.regrading import regrade_apply
from quizzes.services.start import attempt_start
from tests.quizzes.bank import SECRET, person, question, quiz

pytestmark = pytest.mark.django_db

TEXT = "Waiting makes retries, retries make waiting."
QUEUE = "/admin/quizzes/essayanswer/"


@pytest.fixture
def grader() -> User:
    return instructor("grader")


def instructor(name: str) -> User:
    user = person(name)
    user.is_staff = True
    user.save()
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_essayanswer", "change_essayanswer"]))
    return user


def handed_in(*names: str, text: Any = TEXT, **quiz_fields: Any) -> list[EssayAnswer]:
    """The texts of these people, who answered one essay and left a single choice alone."""
    question("essay", "essay")
    question("single-choice")
    asked = quiz(sections=[{"questions": ["essay", "single-choice"]}], **quiz_fields)
    for name in names:
        attempt = attempt_start(person(name), asked)
        answers_save(attempt, [Sent(1, 1, text)])
        attempt_submit(attempt)
    return list(EssayAnswer.objects.filter(version__kind="essay").order_by("pk"))


def give(essay: EssayAnswer, by: User, *points: float, **more: Any) -> Grade:
    seen = EssayAnswer.objects.get(pk=essay.pk).grade_id
    return essay_grade(essay, [Mark(each) for each in points], **{"by": by, "seen": seen} | more)


def standing(essay: EssayAnswer) -> tuple[float | None, bool]:
    attempt = Attempt.objects.get(pk=essay.attempt_id)
    return attempt.score, attempt.needs_grading


def test_a_text_waits_until_it_is_graded_and_then_the_attempt_has_its_score(grader: User) -> None:
    (essay,) = handed_in("writer")
    assert standing(essay) == (None, True)
    assert list(waiting(essays())) == [essay]
    grade = give(essay, grader, 3, 1, comment="Good.")
    assert (grade.score, grade.by, grade.answer.value if grade.answer else None) == (0.8, grader, TEXT)
    assert standing(essay)[0] == pytest.approx(0.4)
    assert standing(essay)[1] is False
    assert not waiting(essays()).exists()
    assert [(note["about"][-10:], note.get("points"), note.get("level", "")) for note in grade.notes] == [
        ("s the loop", 3, f"{SECRET} all"), ("mes a cost", 1, ""), ("", None, ""),
    ]  # fmt: skip


def test_grading_again_adds_a_row_and_the_newest_counts(grader: User) -> None:
    (essay,) = handed_in("writer")
    first = give(essay, grader, 3, 2)
    second = give(essay, instructor("second"), 0, 0, reason="Copied from the lesson.")
    assert standing(essay)[0] == 0.0
    kept = Grade.objects.filter(attempt_question=essay.pk, score__isnull=False).order_by("pk")
    assert [(grade.pk, grade.score, grade.reason) for grade in kept] == [
        (first.pk, 1.0, ""), (second.pk, 0.0, "Copied from the lesson."),
    ]  # fmt: skip
    assert essays().filter(pk=essay.pk).exists()


def test_whoever_has_not_seen_the_last_grade_is_told_and_overwrites_nothing(grader: User) -> None:
    (essay,) = handed_in("writer")
    seen = essay.grade_id
    give(essay, grader, 3, 2)
    with pytest.raises(GradedMeanwhile, match="grader graded this text in the meantime"):
        give(essay, instructor("second"), 0, 0, seen=seen)
    assert standing(essay)[0] == 0.5


def test_the_same_marks_sent_twice_are_one_grade(grader: User) -> None:
    (essay,) = handed_in("writer")
    seen = essay.grade_id
    assert give(essay, grader, 3, 2, seen=seen).pk == give(essay, grader, 3, 2, seen=seen).pk
    assert Grade.objects.filter(attempt_question=essay.pk).count() == 2


def test_points_that_the_rubric_does_not_have_are_refused(grader: User) -> None:
    (essay,) = handed_in("writer")
    for points in ((3,), (3, 2, 1), (4, 0), (-1, 0), (float("nan"), 0)):
        with pytest.raises(GradingRefused):
            give(essay, grader, *points)
    assert standing(essay) == (None, True)


def test_a_corrected_rubric_is_the_one_that_waiting_texts_are_graded_by(grader: User) -> None:
    graded, waits = handed_in("one", "two")
    give(graded, grader, 3, 2)
    content = Content(kind="essay", stem="Why?", definition={"rubric": [{"id": "all", "criterion": "All of it", "points": 8}]})
    corrected = question_save(waits.version.question, content)
    regrade_apply(corrected, reason="One mark will do.", by=grader)
    assert give(waits, grader, 4).version == corrected
    assert [standing(essay)[0] for essay in (graded, waits)] == [0.5, 0.25]


def test_what_was_left_empty_or_only_tried_by_an_instructor_waits_for_nobody() -> None:
    (essay,) = handed_in("writer", text="   ")
    assert standing(essay) == (0.0, False)
    Attempt.objects.update(preview=True)
    assert not essays().exists()


def test_the_queue_leads_to_what_waits_and_back_to_what_was_graded(grader: User) -> None:
    first, second, third = handed_in("one", "two", "three")
    give(first, grader, 0, 0)
    place = neighbours(EssayAnswer.objects.get(pk=second.pk))
    assert (place.previous, place.following, place.waiting) == (first, third, 2)
    give(third, grader, 0, 0)
    assert neighbours(EssayAnswer.objects.get(pk=second.pk)).following is None


@pytest.mark.django_db(transaction=True)
def test_of_two_who_grade_at_the_same_moment_one_is_told() -> None:
    (essay,) = handed_in("writer")
    graders, together = [instructor("one"), instructor("two")], Barrier(2, timeout=10)
    kept: list[float] = []
    told: list[str] = []

    def grade(by: User, points: float) -> None:
        together.wait()
        try:
            grade = essay_grade(essay, [Mark(points), Mark(0)], by=by, seen=essay.grade_id or 0)
            kept.append(grade.score or 0.0)
        except GradedMeanwhile as error:
            told.append(str(error))
        finally:
            connection.close()

    threads = [Thread(target=grade, args=(by, points)) for by, points in zip(graders, (1, 3), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (len(kept), len(told)) == (1, 1)
    assert standing(essay)[0] == pytest.approx(kept[0] / 2)


def form(essay: EssayAnswer, *points: str, **more: Any) -> dict[str, Any]:
    numbered = {f"points_{number}": value for number, value in enumerate(points, start=1)}
    return {"seen": str(essay.grade_id), "comment_1": "Say *why*.", "comment_2": "", "comment": ""} | numbered | more


def test_an_instructor_grades_without_names_and_goes_on(client: Client, grader: User) -> None:
    first, second = handed_in("anna-writer", "ben-writer")
    client.force_login(grader)
    queue = client.get(QUEUE).content.decode()
    assert f"Text {first.pk}" in queue
    page = client.get(f"{QUEUE}{first.pk}/change/").content.decode()
    assert TEXT in page
    assert f"{SECRET} model answer" in page
    assert not [name for name in ("anna-writer", "ben-writer") if name in queue + page]
    assert "anna-writer" in client.get(f"{QUEUE}{first.pk}/change/?names=1").content.decode()
    reply = client.post(f"{QUEUE}{first.pk}/change/", form(first, "3", "1.5", next="Save and next"))
    assert reply["Location"] == f"{QUEUE}{second.pk}/change/"
    assert standing(first)[0] == pytest.approx(0.45)
    assert "anna-writer" in client.get(f"{QUEUE}?state=graded").content.decode()
    last = client.post(f"{QUEUE}{second.pk}/change/", form(second, "0", "0", next="Save and next"), follow=True)
    assert "Nothing waits to be graded" in last.content.decode()


def test_marks_that_cannot_be_kept_are_named_and_the_rest_stays_in_the_form(client: Client, grader: User) -> None:
    (essay,) = handed_in("writer")
    client.force_login(grader)
    for points in (("", "1"), ("4", "1"), ("nan", "1"), ("many", "1")):
        reply = client.post(f"{QUEUE}{essay.pk}/change/", form(essay, *points))
        assert reply.status_code == 422
        assert "Give from 0 to 3 points." in reply.content.decode()
        assert "Say *why*." in reply.content.decode()
    assert standing(essay) == (None, True)


def test_a_second_grader_keeps_their_marks_sees_the_first_grade_and_may_add_theirs(client: Client, grader: User) -> None:
    (essay,) = handed_in("writer")
    mine = form(essay, "1", "1", comment="Mine.")
    give(essay, instructor("other"), 3, 2, comment="Theirs.")
    client.force_login(grader)
    reply = client.post(f"{QUEUE}{essay.pk}/change/", mine)
    page = reply.content.decode()
    assert reply.status_code == 422
    for words in ("other graded this text in the meantime", "Theirs.", "Mine."):
        assert words in page
    newest = EssayAnswer.objects.get(pk=essay.pk).grade_id
    assert f'name="seen" value="{newest}"' in page
    client.post(f"{QUEUE}{essay.pk}/change/", mine | {"seen": str(newest)})
    assert standing(essay)[0] == pytest.approx(0.2)


def test_who_may_not_grade_has_no_way_in(client: Client, grader: User) -> None:
    (essay,) = handed_in("writer")
    grader.user_permissions.set(Permission.objects.filter(codename="view_essayanswer"))
    client.force_login(grader)
    page = f"{QUEUE}{essay.pk}/change/"
    assert client.get(page).status_code == 200
    assert client.post(page, form(essay, "3", "2")).status_code == 403
    assert client.post(f"{QUEUE}{essay.pk}/delete/", {"post": "yes"}).status_code == 403
    client.force_login(User.objects.get(username="writer"))
    assert client.get(page).status_code in (302, 403)
    assert standing(essay) == (None, True)


def test_a_learner_reads_that_it_is_being_graded_then_points_and_remarks_as_the_policy_allows(
    client: Client, grader: User
) -> None:
    (essay,) = handed_in("writer", review={"right_answer": "never"})
    attempt = Attempt.objects.get(pk=essay.attempt_id)
    client.force_login(attempt.user)
    address = f"/attempts/{attempt.uuid}/"
    assert "being graded" in client.get(address).content.decode()
    essay_grade(essay, [Mark(3, "Say *why*."), Mark(0)], by=grader, seen=essay.grade_id or 0, comment="Well read.")
    page = client.get(address).content.decode()
    for words in ("Say <em>why</em>.", "3 of 3", "0 of 2", "Well read."):
        assert words in page
    assert f"{SECRET} model answer" not in page
    attempt.quiz.review = {"marks": "never", "right_answer": "never", "feedback": "submitted"}
    attempt.quiz.save()
    page = client.get(address).content.decode()
    assert "Say <em>why</em>." in page
    assert "3 of 3" not in page
