"""The whole material in the database: loaded once, for it takes seconds, then looked at from all sides."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urldefrag

import pytest
from django.db import transaction
from django.test import Client

from courses.loading.export import export_material
from courses.loading.kinds import all_kinds
from courses.loading.load import load_material, material_folder, parse_material
from courses.models import Lesson
from quizzes.models import Question, QuestionVersion, Quiz
from quizzes.services.start import attempt_start
from tests.quizzes.bank import person

LINK = re.compile(r"\]\((?P<address>[/#][^)\s]*)|href=\"(?P<href>[/#][^\"]*)\"")


@pytest.mark.django_db
def test_the_whole_material_loads_and_holds_together(client: Client, tmp_path: Path) -> None:
    load_material()
    assert versions_made_by_loading_again() == 0
    assert entries_that_rows_do_not_give_back() == []
    assert files_written_otherwise(tmp_path) == []
    assert quizzes_that_cannot_be_drawn() == []
    assert formulas_left_as_text() == []
    assert list(broken_links(client)) == []


def versions_made_by_loading_again() -> int:
    before = QuestionVersion.objects.count()
    load_material()
    assert before == Question.objects.count()
    return QuestionVersion.objects.count() - before


def entries_that_rows_do_not_give_back() -> list[str]:
    material = parse_material()
    return [
        f"{kind.name} {row.slug}"
        for kind in all_kinds()
        for entries in [{piece.entry.slug: piece.entry for piece in material.pieces.get(kind.name, ())}]
        for row in kind.rows()
        if kind.fingerprint(kind.entry_of(row)) != kind.fingerprint(entries[row.slug])
    ]


def files_written_otherwise(folder: Path) -> list[str]:
    """Exported, the site's own material is what it was, byte for byte."""
    export_material(folder)
    own = {path.relative_to(folder) for path in folder.rglob("*.*")}
    assert own
    return [str(path) for path in own if (folder / path).read_bytes() != (material_folder() / path).read_bytes()]


def quizzes_that_cannot_be_drawn() -> list[str]:
    """An attempt at each is started."""
    failed = []
    for quiz in Quiz.objects.filter(published=True):
        try:
            with transaction.atomic():
                attempt = attempt_start(person(quiz.slug), quiz)
                drawn = attempt.questions.values_list("version__question__slug", flat=True)
                if len(set(drawn)) != quiz.question_count:
                    failed.append(f"{quiz.slug}: {len(set(drawn))} of {quiz.question_count}")
        except Exception as error:
            failed.append(f"{quiz.slug}: {error}")
    return failed


def formulas_left_as_text() -> list[str]:
    """Where a dollar sign stands beside a space, a formula is text: what gives it away is a backslash outside of code."""
    code = re.compile(r"<(code|pre|annotation)\b.*?</\1>", re.DOTALL)
    found = [(lesson.slug, re.search(r".{0,40}\\[a-z]{2,}", code.sub("", lesson.html))) for lesson in Lesson.objects.all()]
    return [f"{slug}: {text[0]}" for slug, text in found if text]


def broken_links(client: Client) -> Iterator[str]:
    wanted: dict[str, set[str]] = {}
    for path in sorted(material_folder().rglob("*.*")):
        if path.name != "README.md":
            note(wanted, path.read_text(), f"/lessons/{path.stem}/" if path.parent.name == "lessons" else "")
    for lesson in Lesson.objects.all():
        note(wanted, lesson.html, lesson.get_absolute_url())
    for page, anchors in sorted(wanted.items()):
        yield from troubles(client, page, anchors)


def note(wanted: dict[str, set[str]], text: str, here: str) -> None:
    """The addresses in a text that stands at `here`, by page, with the places on it."""
    for found in LINK.finditer(text):
        page, anchor = urldefrag(unescape(found["address"] or found["href"]))
        wanted.setdefault(page or here, set()).add(anchor)


def troubles(client: Client, page: str, anchors: set[str]) -> list[str]:
    answer = client.get(page, follow=True)
    if answer.status_code != 200:
        return [f"{page}: {answer.status_code}"]
    html = answer.content.decode() if not answer.streaming else b"".join(answer).decode()
    return [f"{page}#{anchor}: no such place" for anchor in anchors if anchor and f'id="{anchor}"' not in html]
