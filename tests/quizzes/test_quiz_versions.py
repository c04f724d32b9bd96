"""Copies, revisions and previews of quizzes: each button of the admin, and that a preview counts nowhere."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from quizzes.analysis.selection import population
from quizzes.clock import database_now
from quizzes.errors import StartRefused
from quizzes.models import Attempt, Question, Quiz
from quizzes.reviews.models import Card
from quizzes.reviews.services.intake import cards_take_in
from quizzes.reviews.services.queue import askable
from quizzes.services.answers import Sent, answers_save
from quizzes.services.bank import Content, question_save
from quizzes.services.finish import attempt_submit
from quizzes.services.listing import quiz_standings
from quizzes.services.live import live
from quizzes.services.quiz_previews import preview_start
from quizzes.services.quiz_revisions import revisions_of
from quizzes.services.quizzes import quiz_save
from quizzes.services.regrading import graded_otherwise
from quizzes.services.start import attempt_start
from tests.quizzes.bank import SECRET, SINGLE, person, question, quiz, right_answer

pytestmark = pytest.mark.django_db


def made(**more: Any) -> Quiz:
    question("one")
    return quiz(**{"sections": [{"questions": ["one"]}]} | more)


def page(row: Quiz, part: str) -> str:
    return f"/admin/quizzes/quiz/{row.pk}/{part}/"


def text(reply: Any) -> str:
    return " ".join(reply.content.decode().split())


def instructor_user() -> User:
    found: User = User.objects.get(username="instructor")
    return found


def test_a_copy_has_the_rules_and_nothing_else(instructor: Client) -> None:
    original = made(pass_mark=0.5, one_way=True)
    attempt_start(person(), original)
    assert 'value="breakers-copy"' in text(instructor.get(page(original, "duplicate")))
    reply = instructor.post(page(original, "duplicate"), {"slug": "second", "title": "Second"})
    copy = Quiz.objects.get(slug="second")
    assert reply["Location"] == page(copy, "change")
    assert {name: getattr(copy, name) for name in Quiz.RULES} == {name: getattr(original, name) for name in Quiz.RULES}
    assert (copy.published, copy.revision, copy.attempts.count()) == (False, 1, 0)


@pytest.mark.parametrize("wrong", [{"slug": "breakers"}, {"slug": "Two words"}, {"title": ""}])
def test_a_copy_needs_a_name_of_its_own(instructor: Client, wrong: dict[str, str]) -> None:
    original = made()
    reply = instructor.post(page(original, "duplicate"), {"slug": "second", "title": "Second"} | wrong)
    assert reply.status_code == 422
    assert 'class="errorlist"' in reply.content.decode()
    assert Quiz.objects.count() == 1


def test_revisions_say_what_changed_and_how_many_began_with_each(instructor: Client) -> None:
    row = quiz_save(made())
    attempt_start(person(), row)
    row.time_limit_s = 900
    quiz_save(row)
    row.title = "Another title"
    quiz_save(row)
    new, old = revisions_of(row)
    assert (new.number, new.current, list(new.changed), new.attempts) == (2, True, ["time_limit_s"], 0)
    assert (old.number, old.attempts) == (1, 1)
    shown = text(instructor.get(page(row, "revisions")))
    assert "<del>600</del> → <ins>900</ins>" in shown
    assert "1 attempt</a> began with it" in shown
    assert f"/admin/quizzes/quiz/{row.pk}/history/{old.last.pk}/" in shown
    form = text(instructor.get(page(row, "change")))
    assert "Revision <b>2</b> of the rules: no attempt began with it, 1 with earlier ones" in form


def test_an_old_revision_comes_back_by_its_form(instructor: Client) -> None:
    row = quiz_save(made())
    row.time_limit_s = 900
    quiz_save(row)
    old = f"/admin/quizzes/quiz/{row.pk}/history/{revisions_of(row)[1].last.pk}/"
    form = instructor.get(old).context["adminform"].form
    values = {field.html_name: field.value() for field in form}
    sent = {name: "on" if value is True else str(value) for name, value in values.items() if value not in (None, False)}
    assert sent["time_limit_s"] == "600"
    assert instructor.post(old, sent).status_code == 302
    row.refresh_from_db()
    assert (row.time_limit_s, row.revision) == (600, 3)


def test_a_preview_is_taken_of_what_is_not_published_and_shows_everything_at_its_end(instructor: Client) -> None:
    row = made(published=False, review={"marks": "never", "right_answer": "never", "feedback": "never"})
    reply = instructor.post(page(row, "preview-attempt"))
    attempt = Attempt.objects.get()
    assert (reply["Location"], attempt.preview) == (f"/attempts/{attempt.uuid}/", True)
    running = text(instructor.get(reply["Location"]))
    assert "<b>Preview.</b>" in running
    assert SECRET not in running
    answers_save(attempt, [Sent(1, 1, right_answer(attempt, 1))])
    attempt_submit(attempt)
    over = text(instructor.get(reply["Location"]))
    assert f"{SECRET} explanation" in over
    assert "Start over" in over
    assert f"/quizzes/{row.slug}/" not in over


def test_starting_over_throws_the_earlier_preview_away(instructor: Client) -> None:
    row = made()
    instructor.post(page(row, "preview-attempt"))
    first = Attempt.objects.get()
    instructor.post(page(row, "preview-attempt"))
    assert Attempt.objects.get() == first
    instructor.post(page(row, "preview-attempt"), {"anew": "yes"})
    assert Attempt.objects.get() != first
    instructor.post(page(row, "preview-attempt"), {"discard": "yes"})
    assert not Attempt.objects.exists()


def test_a_preview_never_touches_an_attempt_that_counts(instructor: Client) -> None:
    row = made()
    user = instructor_user()
    preview_start(user, row)
    real = attempt_start(user, row)
    assert (real.preview, real.number, Attempt.objects.count()) == (False, 1, 1)
    with pytest.raises(StartRefused, match="Hand it in"):
        preview_start(user, row)
    instructor.post(page(row, "preview-attempt"), {"discard": "yes"})
    assert Attempt.objects.get() == real


def test_a_preview_counts_nowhere(instructor: Client) -> None:
    row = made(attempts_allowed=1)
    user = instructor_user()
    attempt = preview_start(user, row)
    assert not live(row).rows
    card = Card.objects.create(user=user, question=Question.objects.get())
    assert list(askable(user, database_now())) == [card]
    card.delete()
    attempt_submit(attempt)
    (standing,) = quiz_standings(user, [row])
    assert (standing.phase, standing.attempts, standing.left) == ("open", [], 1)
    found = population(row)
    assert (found.over, found.people, found.previews, found.nobody) == (0, 0, 1, True)
    newer = question_save(Question.objects.get(), Content(kind="single-choice", stem="Newer?", definition=SINGLE))
    assert not graded_otherwise(newer).exists()
    cards_take_in(user)
    assert not Card.objects.exists()
    assert instructor.get("/admin/quizzes/quiz/").context["cl"].result_list[0].attempt_count == 0
    assert (
        "instructor"
        not in instructor.post("/admin/quizzes/quiz/", {"action": "csv_attempts", "_selected_action": row.pk})
        .getvalue()
        .decode()
    )
    assert attempt_start(user, row).number == 1


def test_only_who_may_change_quizzes_copies_and_previews(instructor: Client) -> None:
    row = made()
    assert instructor.get(page(row, "preview-attempt")).status_code == 405
    user = instructor_user()
    user.user_permissions.remove(*user.user_permissions.filter(codename="change_quiz"))
    for part in ("duplicate", "preview-attempt"):
        assert instructor.post(page(row, part), {"slug": "second", "title": "Second"}).status_code == 403
    assert Quiz.objects.count() == 1
    assert not Attempt.objects.exists()
