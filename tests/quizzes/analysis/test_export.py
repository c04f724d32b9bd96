"""Results as files that a spreadsheet can be trusted with."""

import csv
from collections.abc import Iterable
from io import StringIO

import pytest

from quizzes.analysis.export import long, marked, wide
from quizzes.models import Attempt
from tests.quizzes.analysis.crowd import RIGHT, crowd, exam, someone, taken
from tests.quizzes.bank import question, quiz

pytestmark = pytest.mark.django_db


def rows(lines: Iterable[str]) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO("".join(lines))))


def test_one_line_an_attempt_holds_scores_and_answers_in_words() -> None:
    made = exam()
    crowd(made, [RIGHT, ("wrong-one", "17", "")])
    taken(made, someone("late"), ("right-one", "", ""), over=False)
    first, second, running = rows(wide(Attempt.objects.all()))
    assert (first["quiz"], first["person"], first["e_mail"]) == ("breakers", "person000", "person000@example.org")
    assert (first["status"], first["score"], first["passed"], first["preview"]) == ("submitted", "1.0", "yes", "no")
    assert (first["single-choice: answer"], first["numeric: answer"]) == ("Fails fast", "2,227 requests")
    assert (second["single-choice: score"], second["single-choice: answer"], second["true-false: answer"]) == (
        "0.0",
        "Retries",
        "",
    )
    assert (running["status"], running["score"], running["single-choice: answer"]) == ("in_progress", "", "Fails fast")
    assert first["started_at"].endswith("Z")


def test_one_line_an_answer_names_the_version_and_the_place() -> None:
    made = exam()
    crowd(made, [RIGHT])
    found = rows(long(Attempt.objects.all()))
    assert [(row["position"], row["question"], row["version"], row["graded_by_version"]) for row in found] == [
        ("1", "single-choice", "1", "1"), ("2", "numeric", "1", "1"), ("3", "true-false", "1", "1"),
    ]  # fmt: skip
    assert (found[1]["score"], found[1]["active_s"], found[1]["answer"]) == ("1.0", "2.0", "2,227 requests")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum(a1)", "\t=1", "＝1"])
def test_no_cell_is_a_formula(text: str) -> None:
    question("short", "short-text")
    made = quiz("short", sections=[{"questions": ["short"]}])
    attempt = taken(made, someone("candidate"), (text.strip(),))
    attempt.user.first_name = text
    attempt.user.save()
    for line in (wide(Attempt.objects.all()), long(Attempt.objects.all())):
        for cell in (cell for row in rows(line) for cell in row.values()):
            assert not cell.startswith(("=", "+", "-", "@", "\t", "＝")), cell
    assert rows(wide(Attempt.objects.all()))[0]["short: answer"] == f"'{text.strip()}"


@pytest.mark.parametrize("text", ["a;=1+1", "a;@sum(a1);+1", "a;-1"])
def test_no_cell_is_one_where_semicolons_part_them(text: str) -> None:
    """Excel parts a file at “;” where the comma is the decimal sign."""
    question("short", "short-text")
    taken(quiz("short", sections=[{"questions": ["short"]}]), someone("candidate"), (text,))
    for cell in "".join(wide(Attempt.objects.all())).split(";"):
        assert not cell.startswith(("=", "+", "-", "@"))


def test_the_file_is_made_while_it_is_sent(django_assert_num_queries: object) -> None:
    crowd(exam(), [RIGHT])
    lines = marked(wide(Attempt.objects.all()))
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert next(lines) == "\ufeff"
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert next(lines).startswith("quiz,revision,attempt")


def test_an_attempt_that_was_not_asked_has_empty_cells() -> None:
    crowd(exam(), [RIGHT])
    other = quiz("other", sections=[{"questions": ["numeric"]}])
    taken(other, someone("other"), ("17",))
    found = {row["quiz"]: row for row in rows(wide(Attempt.objects.all()))}
    assert (found["other"]["single-choice: score"], found["other"]["numeric: answer"]) == ("", "17 requests")
