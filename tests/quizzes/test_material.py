"""The site's own questions and the timed quiz: they load, they compute, they teach."""

from pathlib import Path
from typing import Any

import pytest

from courses.loading.kinds import Material, Piece
from courses.loading.load import load_material, parse_material
from courses.loading.source import MaterialError
from courses.loading.yaml_source import read_yaml, write_yaml
from quizzes.models import Question, QuestionVersion
from quizzes.services.bank import Content, question_save
from tests.quizzes.bank import LAB_GOAL

BREAKER_IDS = {
    "circuit-breaker", "circuit-breaker-settings", "fallback-strategies", "external-service-client", "resilience4j-decorator",
    "decorated-fallback-call", "signals-circuit-breaker", "fix-breaker-unlimited-trials", "fix-breaker-consecutive-only",
    "fix-breaker-late-results", "fix-breaker-timeout-does-not-cancel", "fix-breaker-error-types",
    "fix-breaker-config-disagreement", "fix-client-status-classification", "fix-client-timeout-layering",
    "fix-resilience4j-not-hystrix", "fix-decorated-call-holes",
}  # fmt: skip


@pytest.fixture(scope="module")
def material() -> Material:
    return parse_material()


def pieces(material: Material, kind: str) -> list[Piece[Any]]:
    return list(material.pieces[kind])


def test_the_breaker_questions_carry_all_their_ids(material: Material) -> None:
    bank = [piece.entry for piece in pieces(material, "questions") if piece.path == "questions/breakers.yaml"]
    assert {identity for entry in bank for identity in entry.covers} >= BREAKER_IDS
    assert sum(not entry.inline_allowed for entry in bank) >= 16
    assert sum(entry.inline_allowed for entry in bank) >= 4


def write_bank(folder: Path, stem: str) -> None:
    (folder / "questions").mkdir(exist_ok=True)
    entry = {
        "slug": "asked", "kind": "numeric", "stem": stem, "definition": {"answer": 2, "tolerance": {"absolute": 0}},
    }  # fmt: skip
    (folder / "questions" / "some.yaml").write_text(write_yaml([entry]))


@pytest.mark.django_db
def test_a_question_edited_by_hand_is_kept_when_its_file_changes(tmp_path: Path) -> None:
    write_bank(tmp_path, "From the file?")
    load_material(tmp_path)
    row = Question.objects.get(slug="asked")
    assert row.current is not None
    mine = Content(kind="numeric", stem="By hand?", definition=row.current.definition)
    question_save(row, mine)
    write_bank(tmp_path, "From the file, changed?")
    load_material(tmp_path)
    row = Question.objects.select_related("current").get(slug="asked")
    assert row.current is not None
    assert (row.current.stem, row.in_conflict) == ("By hand?", True)


@pytest.mark.django_db
def test_a_changed_file_makes_a_new_version_of_an_untouched_question(tmp_path: Path) -> None:
    for stem in ("First?", "Second?"):
        write_bank(tmp_path, stem)
        load_material(tmp_path)
    assert list(QuestionVersion.objects.order_by("number").values_list("stem", flat=True)) == ["First?", "Second?"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "riddle"}, "no kind of question called"),
        ({"definition": {"answer": 2}}, "tolerance: is missing"),
        ({"difficulty": 9}, "difficulty"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    write_bank(tmp_path, "Fine?")
    path = tmp_path / "questions" / "some.yaml"
    (entry,) = read_yaml(path.read_text(), "some.yaml").value
    path.write_text(write_yaml([entry | change]))
    with pytest.raises(MaterialError, match=rf"questions/some.yaml:\d+: .*{words}"):
        parse_material(tmp_path)


@pytest.mark.django_db
def test_a_question_whose_run_refutes_it_is_named_with_its_line_and_nothing_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "questions").mkdir()
    definition = {**LAB_GOAL, "solution": {"changes": [], "text": "Do nothing."}}
    entry = {"slug": "refuted", "kind": "lab-goal", "stem": "Meet it.", "definition": definition}
    (tmp_path / "questions" / "some.yaml").write_text(write_yaml([entry]))
    with pytest.raises(MaterialError, match=r"questions/some\.yaml:1: "):
        load_material(tmp_path)
    assert not Question.objects.exists()
