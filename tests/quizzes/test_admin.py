"""The bank and the quizzes in the admin, as an instructor uses them."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from courses.loading.kinds import Kind
from courses.loading.load import load_material
from quizzes.material import QuestionEntry, QuestionKind, QuizKind
from quizzes.models import Attempt, Question, QuestionVersion, Quiz
from tests.quizzes.bank import LAB_GOAL, person, question, started
from tests.site_material import one_lesson

pytestmark = pytest.mark.django_db

DEFINITION = """
options:
- {id: a, text: Fails fast, correct: true, feedback: 'Yes.'}
- {id: b, text: Retries, feedback: 'No.', misconception: a breaker is a retry}
"""


def form(**changes: Any) -> dict[str, Any]:
    return {
        "slug": "new-question", "kind": "single-choice", "stem": "What does it **do**?", "definition": DEFINITION,
        "explanation": "Because.", "sources": "", "tags": "breakers\nwindows", "difficulty": "3", "covers": "circuit-breaker",
    } | changes  # fmt: skip


def test_a_lesson_is_not_offered_a_question_that_only_an_attempt_can_judge(instructor: Client) -> None:
    reply = instructor.post(
        "/admin/quizzes/question/add/", form(kind="lab-goal", definition=str(LAB_GOAL), inline_allowed="on")
    )
    assert "A lesson cannot ask a question of the kind “Lab goal”" in reply.content.decode()
    assert not Question.objects.exists()
    with pytest.raises(ValueError, match="A lesson cannot ask"):
        QuestionEntry(slug="made", kind="lab-goal", stem="Do it.", definition=LAB_GOAL, inline_allowed=True)


def test_a_question_is_added_with_its_first_version(instructor: Client) -> None:
    reply = instructor.post("/admin/quizzes/question/add/", form())
    assert reply.status_code == 302, reply.content.decode()
    version = Question.objects.get(slug="new-question").current
    assert version is not None
    assert (version.number, version.tags, version.difficulty) == (1, ["breakers", "windows"], 3)
    assert version.made_by is not None


def test_an_edit_makes_a_new_version_and_leaves_the_old_one(instructor: Client) -> None:
    first = question("new-question")
    reply = instructor.post(f"/admin/quizzes/question/{first.question_id}/change/", form(stem="Another wording?"))
    assert reply.status_code == 302, reply.content.decode()
    versions = QuestionVersion.objects.filter(question=first.question_id).order_by("number")
    assert [version.stem for version in versions] == ["Stem of new-question?", "Another wording?"]
    assert Question.objects.get(pk=first.question_id).current == versions[1]


def test_saving_without_a_change_makes_no_version(instructor: Client) -> None:
    instructor.post("/admin/quizzes/question/add/", form())
    row = Question.objects.get(slug="new-question")
    instructor.post(f"/admin/quizzes/question/{row.pk}/change/", form())
    assert row.versions.count() == 1


def as_sent(form: Any) -> dict[str, str]:
    """What a browser posts when nothing in a form was changed: line ends are CR LF."""
    values = {field.html_name: field.value() for field in form}
    shown = {name: str(value).replace("\n", "\r\n") for name, value in values.items() if value not in (None, False)}
    return {name: "on" if value == "True" else value for name, value in shown.items()}


def test_saving_what_came_from_a_file_unchanged_is_no_edit(instructor: Client, tmp_path: Path) -> None:
    load_material(one_lesson(tmp_path))
    kept: list[tuple[Any, Kind[Any]]] = [(Question, QuestionKind()), (Quiz, QuizKind())]
    for model, kind in kept:
        for row in model.objects.order_by("slug")[:30]:
            before = kind.entry_of(row)
            page = f"/admin/quizzes/{model.__name__.lower()}/{row.pk}/change/"
            reply = instructor.post(page, as_sent(instructor.get(page).context["adminform"].form))
            assert reply.status_code == 302, (row, reply.context["errors"])
            assert kind.entry_of(model.objects.get(pk=row.pk)) == before
    assert QuestionVersion.objects.count() == Question.objects.count()


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        (DEFINITION.replace("correct: true, ", ""), "exactly one option must be correct, 0 are"),
        (DEFINITION.replace("text: Retries, ", ""), "options, entry 2, text: is missing"),
        (DEFINITION.replace("misconception", "misconcepton"), "misconcepton: is not a field of this kind"),
        ("options: [", "not valid YAML"),
        ("just words", "should be a valid dictionary"),
        ("a: &x [1]\nb: *x", "aliases"),
    ],
)
def test_a_wrong_definition_is_said_in_words_and_nothing_is_kept(instructor: Client, definition: str, words: str) -> None:
    reply = instructor.post("/admin/quizzes/question/add/", form(definition=definition))
    assert reply.status_code == 200
    assert words in reply.content.decode()
    assert not Question.objects.exists()


def test_the_preview_shows_the_question_and_keeps_nothing(instructor: Client) -> None:
    reply = instructor.post("/admin/quizzes/question/as-learner/", form())
    assert "What does it <strong>do</strong>?" in reply.content.decode()
    assert not Question.objects.exists()
    assert instructor.post("/admin/quizzes/question/as-learner/", form(definition="")).status_code == 422
    assert instructor.get("/admin/quizzes/question/as-learner/").status_code == 405


def test_pages_of_the_bank_open(instructor: Client) -> None:
    version = question("numbers", "numeric")
    pages = ["", "add/", f"{version.question_id}/change/", f"{version.question_id}/history/", "?kind=numeric"]
    assert {instructor.get(f"/admin/quizzes/question/{page}").status_code for page in pages} == {200}
    assert "rate_rps * open_s" in instructor.get(f"/admin/quizzes/question/{version.question_id}/change/").content.decode()


def quiz_form(**changes: Any) -> dict[str, Any]:
    return {
        "slug": "made", "title": "Made", "summary": "", "published": "on", "time_limit_s": "600", "grace_s": "10",
        "attempts_allowed": "2", "pass_mark": "", "layout": "all", "mode": "exam", "on_expiry": "submit",
        "retry_penalty": "0.33", "hint_penalty": "0.1",
        "sections": "- questions: [known]", "review": "", "covers": "",
    } | changes  # fmt: skip


def test_a_quiz_is_added_and_its_draw_is_checked(instructor: Client) -> None:
    question("known")
    assert (
        "no question called unknown"
        in instructor.post("/admin/quizzes/quiz/add/", quiz_form(sections="- questions: [unknown]")).content.decode()
    )
    assert (
        "either a list of questions or a number"
        in instructor.post("/admin/quizzes/quiz/add/", quiz_form(sections="- title: Nothing")).content.decode()
    )
    reply = instructor.post("/admin/quizzes/quiz/add/", quiz_form(review="right_answer: closed"))
    assert reply.status_code == 302, reply.content.decode()
    quiz = Quiz.objects.get()
    assert (quiz.question_count, quiz.review_policy.right_answer) == (1, "closed")
    assert instructor.get(f"/admin/quizzes/quiz/{quiz.pk}/change/").status_code == 200


def test_a_quiz_does_not_list_what_a_lesson_tells(instructor: Client) -> None:
    question("told", inline_allowed=True)
    reply = instructor.post("/admin/quizzes/quiz/add/", quiz_form(sections="- questions: [told]"))
    assert "Lessons may ask told and tell the answer" in reply.content.decode()
    assert not Quiz.objects.exists()


def test_attempts_can_be_read_and_not_changed(instructor: Client) -> None:
    attempt = started()
    assert instructor.get("/admin/quizzes/attempt/").status_code == 200
    page = f"/admin/quizzes/attempt/{attempt.pk}/change/"
    assert instructor.get(page).status_code == 200
    assert instructor.post(page, {"status": "submitted"}).status_code == 403
    assert instructor.get("/admin/quizzes/attempt/add/").status_code == 403
    assert instructor.post(f"/admin/quizzes/attempt/{attempt.pk}/delete/", {"post": "yes"}).status_code == 403
    attempt.refresh_from_db()
    assert attempt.status == Attempt.Status.IN_PROGRESS


def test_what_somebody_was_asked_cannot_be_deleted(instructor: Client) -> None:
    attempt = started()
    asked = attempt.questions.first()
    assert asked is not None
    page = f"/admin/quizzes/question/{asked.version.question_id}/delete/"
    assert instructor.post(page, {"post": "yes"}).status_code == 403
    assert instructor.post(f"/admin/quizzes/quiz/{attempt.quiz_id}/delete/", {"post": "yes"}).status_code == 403


def test_learners_have_no_way_in(client: Client) -> None:
    client.force_login(person())
    assert client.get("/admin/quizzes/question/").status_code in (302, 403)
    assert client.post("/admin/quizzes/question/as-learner/", form()).status_code in (302, 403)


def test_a_question_that_a_quiz_lists_is_not_given_to_lessons(instructor: Client) -> None:
    version = question("known")
    Quiz.objects.create(slug="asks-it", title="Asks it", sections=[{"questions": ["known"]}])
    page = f"/admin/quizzes/question/{version.question_id}/change/"
    reply = instructor.post(
        page, {"slug": "known", "inline_allowed": "on", "kind": "single-choice", "stem": "x", "difficulty": "2"}
    )
    assert "“Asks it” asks it" in reply.content.decode()
