"""Import and export from the shell."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from quizzes.models import Question, QuestionVersion
from tests.quizzes.bank import question

pytestmark = pytest.mark.django_db
GOOD = "::First::One or two?{=one ~two}\n"


def run(*arguments: Any, **options: Any) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command(*map(str, arguments), stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def test_a_preview_writes_nothing_and_a_fault_stops_the_import(tmp_path: Path) -> None:
    path = tmp_path / "q.gift.txt"
    path.write_text(f"{GOOD}\nBroken {{=a")
    said, _ = run("import_questions", path, "--preview")
    assert "line 1: new first" in said
    assert "line 3: error Broken" in said
    assert "never closed" in said
    with pytest.raises(CommandError, match="Nothing was imported"):
        run("import_questions", path)
    assert not Question.objects.exists()
    said, _ = run("import_questions", path, "--despite-errors", "--tag", "TCP", "--prefix", "net", "--difficulty", "5")
    assert "Imported: 1 new, 0 changed." in said
    version = QuestionVersion.objects.get()
    assert (version.question.slug, version.tags, version.difficulty) == ("net-first", ["tcp"], 5)


def test_what_is_exported_is_imported_as_the_same(tmp_path: Path) -> None:
    question("one")
    question("two", "lab-goal")
    question("three", tags=("others",))
    path = tmp_path / "out.xml"
    _, said = run("export_questions", "moodle", "--tag", "breakers", "--output", path)
    assert "one: Moodle XML cannot hold 2 named misconceptions; sources" in said
    assert "two: left out" in said
    assert "1 of 2 questions written as Moodle XML, 0 of them whole." in said
    text, _ = run("export_questions", "gift", "--slug", "three")
    assert "::three::" in text
    said, _ = run("import_questions", path, "--preview")
    assert said.endswith("1 same\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["export_questions", "gift", "--tag", "none"], "No question of the bank"),
        (["import_questions", "/nowhere/at/all"], "cannot be read"),
        (["import_questions", "/dev/null"], "none of the formats"),
    ],
)
def test_mistakes_are_said(arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        run(*arguments)
