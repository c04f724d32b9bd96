"""Import and export in the admin, as an instructor uses them: look first, then all or nothing."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.test import Client

from quizzes.interchange.formats import GIFT
from quizzes.interchange.plan import ImportRefused, Wishes, import_chosen, plan
from quizzes.models import Question, QuestionVersion
from quizzes.permissions import INSTRUCTOR_PERMISSIONS
from quizzes.services.bank import Content, question_save
from tests.quizzes.bank import SINGLE, person, question
from tests.quizzes.interchange.samples import file

pytestmark = pytest.mark.django_db
IMPORT, ONE, EXPORT, LIST = (f"/admin/quizzes/question/{part}" for part in ("import/", "import/question/", "export/", ""))
TWO = "::First::One or two?{=one ~two}\n\n::Second::Three or four?{=three ~four}\n"


@pytest.fixture
def instructor(client: Client) -> Client:
    user = person("instructor")
    user.is_staff = True
    user.save()
    names = [name.removeprefix("quizzes.") for name in INSTRUCTOR_PERMISSIONS if name.startswith("quizzes.")]
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="quizzes", codename__in=names))
    client.force_login(user)
    return client


def preview(client: Client, text: str = TWO, **fields: Any) -> Any:
    return client.post(IMPORT, {"text": text, "step": "preview", **fields})


def imported(client: Client, text: str = TWO, take: list[int] | None = None, **fields: Any) -> Any:
    """As a browser sends what the preview shows."""
    shown = preview(client, text, **fields).context
    ticked = [each.row.number for each in shown["shown"] if each.ticked] if take is None else take
    return client.post(IMPORT, {"text": text, "step": "import", "seen": shown["plan"].seen, "take": ticked, **fields})


def states(reply: Any) -> list[str]:
    return [each.row.state for each in reply.context["shown"]]


def test_a_preview_writes_nothing_and_an_import_what_is_ticked(instructor: Client) -> None:
    reply = preview(instructor)
    assert states(reply) == ["new", "new"]
    assert b"Import <span data-count>2</span> of 2" in reply.content
    assert not Question.objects.exists()
    assert imported(instructor, take=[2], tags="Week 3, TCP/IP", difficulty="4").status_code == 302
    row = Question.objects.get()
    assert row.current is not None
    assert (row.slug, row.current.tags, row.current.difficulty) == ("second", ["week-3", "tcp-ip"], 4)
    assert row.current.made_by is not None
    assert [kept.history_type for kept in row.history.all()] == ["+"]


def test_importing_twice_changes_nothing_and_a_correction_makes_a_version(instructor: Client) -> None:
    imported(instructor, tags="tcp")
    assert states(preview(instructor, tags="tcp")) == ["same", "same"]
    corrected = TWO.replace("Three or four?", "Three, or four?")
    reply = preview(instructor, corrected, tags="tcp")
    assert states(reply) == ["same", "changed"]
    assert "Changes: text" in reply.content.decode()
    imported(instructor, corrected, tags="tcp")
    stems = QuestionVersion.objects.filter(question__slug="second").order_by("number").values_list("stem", flat=True)
    assert list(stems) == ["Three or four?", "Three, or four?"]
    assert Question.objects.count() == 2


def test_an_uploaded_file_is_read_and_its_text_goes_on_with_the_page(instructor: Client) -> None:
    upload = SimpleUploadedFile("x.txt", b"\xef\xbb\xbf" + TWO.replace("One", "Ein é").replace("\n", "\r\n").encode())
    reply = preview(instructor, "", file=upload)
    assert states(reply) == ["new", "new"]
    assert "::First::Ein é or two?{=one ~two}\n" in reply.content.decode()
    reply = preview(instructor, "", file=SimpleUploadedFile("x.txt", TWO.replace("One", "Grün").encode("cp1252")))
    assert "was read as Western European" in reply.content.decode()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Choose a file or paste a text."),
        ("only some words", "looks like none of the formats"),
        ("a\x01b {T}", "a character that no text has (U+0001)"),
        ("x" * 1_600_000, "at most 1,500,000 can be imported at once"),
        ("Q{T}\n\n" * 2_001, "at most 2,000 can be imported at once"),
    ],
)
def test_what_cannot_be_read_at_all_is_said_in_words(instructor: Client, text: str, words: str) -> None:
    reply = preview(instructor, text)
    assert reply.status_code == 422
    assert words in reply.content.decode()


@pytest.mark.parametrize("data", [b"PK\x03\x04rest", b"\xff\xfe\x00", b"%PDF-1.7"])
def test_what_is_no_text_is_refused(instructor: Client, data: bytes) -> None:
    reply = preview(instructor, "", file=SimpleUploadedFile("x.gift", data))
    assert reply.status_code == 422
    assert "errorlist" in reply.content.decode()


def test_faults_stand_beside_their_line_and_do_not_keep_the_others_out(instructor: Client) -> None:
    text = TWO + "\n::Third::Which?{\n  =one\n  =two\n  ~three\n}\n\n::First::Another of that name?{T}\n\nBroken {=a ~b\n"
    reply = preview(instructor, text)
    assert states(reply) == ["new", "new", "error", "error", "error"]
    rows = [each.row for each in reply.context["shown"]]
    assert [row.line for row in rows] == [1, 3, 5, 11, 13]
    assert "2 options are fully right" in rows[2].problems[0]
    assert "the one on line 1" in rows[3].problems[0]
    assert "never closed" in rows[4].problems[0]
    (alone,) = preview(instructor, "Match{=a -> b}").context["shown"]
    assert alone.row.problems == ("pairs: should have at least 2 items, not 1",)
    assert imported(instructor, text, take=[1, 2, 3, 4, 5]).status_code == 302
    assert set(Question.objects.values_list("slug", flat=True)) == {"first", "second"}


def test_a_bank_that_moved_is_shown_again_and_nothing_is_written(instructor: Client) -> None:
    shown = preview(instructor).context["plan"]
    question("first")
    reply = instructor.post(IMPORT, {"text": TWO, "step": "import", "seen": shown.seen, "take": [1, 2]})
    assert reply.status_code == 409
    assert "not what this preview showed" in reply.content.decode()
    assert states(reply) == ["changed", "new"]
    assert not Question.objects.filter(slug="second").exists()


def test_what_was_not_previewed_is_not_imported(instructor: Client) -> None:
    """Somebody edits the text, or what all questions get, below a preview and goes straight on to the import."""
    shown = preview(instructor).context["plan"]
    sent = {"text": TWO, "step": "import", "seen": shown.seen, "take": [1, 2]}
    for edited in ({"text": TWO.replace("three ~four", "four ~three")}, {"tags": "tcp"}, {"slug_prefix": "net"}):
        reply = instructor.post(IMPORT, {**sent, **edited})
        assert reply.status_code == 409
        assert "not what this preview showed" in reply.content.decode()
    assert not Question.objects.exists()


def test_an_edit_at_the_moment_of_the_import_is_not_overwritten() -> None:
    """Two people import the same file at once, or somebody edits a question between the plan and its locks."""
    mine = question("first")
    late = plan(TWO, GIFT, Wishes())
    newer = question_save(mine.question, Content("single-choice", "Edited meanwhile?", SINGLE))
    with pytest.raises(ImportRefused, match="at this moment"):
        import_chosen(late, {1, 2})
    assert Question.objects.get().current == newer
    assert QuestionVersion.objects.count() == 2


def test_a_slug_of_the_bank_is_known_again_however_it_is_spelled(instructor: Client) -> None:
    """The bank allows capitals, underscores and double hyphens, which imported names never get."""
    for number, slug in enumerate(("Week_3--TCP", "week-3-tcp")):
        question(slug, stem=f"Which is number {number}?")
    for form in ("gift", "moodle"):
        text = instructor.post(EXPORT, {"format": form, "slugs": "Week_3--TCP,week-3-tcp"}).content.decode()
        assert states(preview(instructor, text)) == ["same", "same"]


def test_an_equal_title_of_another_question_is_said_and_not_ticked(instructor: Client) -> None:
    imported(instructor)
    other = "::First::Something else altogether?{=five ~six ~seven}\n"
    reply = preview(instructor, other)
    (row,) = reply.context["shown"]
    assert (row.row.state, row.ticked) == ("changed", False)
    assert "has another text and other answers" in reply.content.decode()
    by_id = preview(instructor, f"// [id:first]\n{other}").context["shown"]
    assert [each.ticked for each in by_id] == [True]


def test_nothing_is_half_written(instructor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = preview(instructor).context["plan"]
    with monkeypatch.context() as patched:
        patched.setattr(QuestionVersion.objects, "bulk_create", _refuses)
        reply = instructor.post(IMPORT, {"text": TWO, "step": "import", "seen": shown.seen, "take": [1, 2]})
    assert reply.status_code == 422
    assert "Nothing was imported" in reply.content.decode()
    assert not Question.objects.exists()


def _refuses(*_: Any, **__: Any) -> None:
    raise IntegrityError("somebody took a slug at this moment")


def test_without_a_tick_nothing_is_imported(instructor: Client) -> None:
    reply = imported(instructor, take=[])
    assert reply.status_code == 422
    assert "No question is ticked" in reply.content.decode()


def test_one_question_is_shown_as_learners_see_it_with_what_changes(instructor: Client) -> None:
    question_save(Question(slug="first"), Content("single-choice", "Old **words**?", SINGLE))
    reply = instructor.post(ONE, {"text": TWO, "number": "1"})
    words = reply.content.decode()
    assert reply.status_code == 200
    assert "One or two?" in words
    assert "What changes in “first”" in words
    assert "Old **words**?" in words
    for number in ("0", "3", "x", "9" * 40):
        assert instructor.post(ONE, {"text": TWO, "number": number}).status_code == 404


def test_html_in_a_file_is_never_html_on_the_page(instructor: Client) -> None:
    text = "[html]<p>Hi<script>alert(1)</script><img src=x onerror=alert(2)></p>{=<svg onload=alert(3)>x</svg>y ~<b>z</b>}"
    words = preview(instructor, text).content.decode()
    assert "<script>alert" not in words
    assert "<img src=x" not in words
    assert "<svg onload" not in words
    assert "<strong>z</strong>" in words


def test_every_sample_goes_from_file_to_bank_and_back_to_same(instructor: Client) -> None:
    for name in ("breakers.gift.txt", "tcp.xml"):
        assert imported(instructor, file(name)).status_code == 302
        again = states(preview(instructor, file(name)))
        assert set(again) <= {"same", "error"}
        assert again.count("same") >= 9


# Export


def test_the_export_page_says_what_is_lost_and_the_file_too(instructor: Client) -> None:
    first, second = question("one"), question("two", "lab-goal")
    chosen = [first.question_id, second.question_id]
    reply = instructor.post(LIST, {"action": "export_questions", "_selected_action": chosen})
    words = reply.content.decode()
    assert reply.status_code == 200
    assert "2 named misconceptions" in words
    assert "Left out: a question of the kind “Lab goal” lives from this site" in words
    gift = instructor.post(EXPORT, {"format": "gift", "slugs": "one,two"})
    text = gift.content.decode()
    assert gift["Content-Disposition"] == 'attachment; filename="questions.gift.txt"'
    assert "// GIFT cannot hold: 2 named misconceptions" in text
    assert "// two is left out:" in text
    assert states(preview(instructor, text)) == ["same"]
    xml = instructor.post(EXPORT, {"format": "moodle", "slugs": "one,two"}).content.decode()
    assert "<!-- two is left out:" in xml
    assert states(preview(instructor, xml)) == ["same"]
    assert instructor.post(EXPORT, {"format": "word", "slugs": "one"}).status_code == 404
    assert instructor.post(EXPORT, {"format": "gift", "slugs": "none\x00"}).status_code == 404


def test_only_instructors_import_and_export(client: Client, instructor: Client) -> None:
    assert instructor.get(IMPORT).status_code == 200
    assert instructor.get(EXPORT).status_code == 405
    assert 'href="/admin/quizzes/question/import/"' in instructor.get(LIST).content.decode()
    client.force_login(person())
    for page in (IMPORT, ONE, EXPORT):
        assert client.post(page, {"text": TWO, "format": "gift", "slugs": "first"}).status_code in (302, 403)
    assert not Question.objects.exists()


def test_who_may_only_look_may_export_but_not_import(client: Client) -> None:
    looker = person("looker")
    looker.is_staff = True
    looker.save()
    looker.user_permissions.set(Permission.objects.filter(codename="view_question"))
    question("one")
    client.force_login(looker)
    assert client.get(IMPORT).status_code == 403
    assert client.post(ONE, {"text": TWO, "number": "1"}).status_code == 403
    assert client.post(EXPORT, {"format": "gift", "slugs": "one"}).status_code == 200
