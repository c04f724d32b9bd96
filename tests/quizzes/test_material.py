"""The site's own questions and the timed quiz: they load, they compute, they teach."""

from pathlib import Path
from typing import Any

import pytest

from courses.loading.kinds import Kind, Material, Piece
from courses.loading.load import load_material, parse_material
from courses.loading.source import MaterialError
from courses.loading.yaml_source import read_yaml, write_yaml
from quizzes.kinds import kind_named
from quizzes.kinds.expression import evaluate
from quizzes.material import QuestionKind, QuizKind
from quizzes.models import Question, QuestionVersion, Quiz
from quizzes.services.bank import Content, question_save
from quizzes.services.start import attempt_start
from tests.quizzes.bank import person

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


def test_every_numeric_key_is_what_its_formula_gives(material: Material) -> None:
    numeric = [piece.entry for piece in pieces(material, "questions") if piece.entry.kind == "numeric"]
    assert len(numeric) >= 5
    for entry in numeric:
        definition = kind_named("numeric").definition.model_validate(entry.definition)
        assert definition.formula, entry.slug
        assert definition.answer == pytest.approx(evaluate(definition.formula, definition.given), rel=1e-9), entry.slug


def test_every_wrong_option_names_its_misconception_and_says_why(material: Material) -> None:
    for piece in pieces(material, "questions"):
        for option in piece.entry.definition.get("options", ()):
            assert option.get("feedback"), (piece.entry.slug, option["id"])
            assert option.get("correct") or option.get("misconception"), (piece.entry.slug, option["id"])
        assert piece.entry.explanation, piece.entry.slug


def test_the_breaker_questions_carry_all_their_ids(material: Material) -> None:
    bank = [piece.entry for piece in pieces(material, "questions") if piece.path == "questions/breakers.yaml"]
    assert {identity for entry in bank for identity in entry.covers} >= BREAKER_IDS
    assert sum(not entry.inline_allowed for entry in bank) >= 16
    assert sum(entry.inline_allowed for entry in bank) >= 4


@pytest.mark.django_db
def test_the_timed_quiz_draws_ten_or_more_of_all_kinds() -> None:
    load_material()
    quiz = Quiz.objects.get(slug="breakers-timed")
    attempt = attempt_start(person(), quiz)
    kinds = list(attempt.questions.values_list("version__kind", flat=True))
    assert len(kinds) >= 10
    assert set(kinds) >= {"single-choice", "multiple-choice", "numeric", "ordering"}
    assert (quiz.time_limit_s, quiz.attempts_allowed) == (720, 3)


@pytest.mark.django_db
def test_loading_again_makes_no_new_version() -> None:
    load_material()
    versions = QuestionVersion.objects.count()
    load_material()
    assert QuestionVersion.objects.count() == versions == Question.objects.count()


@pytest.mark.django_db
def test_rows_become_the_entries_that_made_them(material: Material) -> None:
    load_material()
    kinds: tuple[Kind[Any], ...] = (QuestionKind(), QuizKind())
    for kind in kinds:
        entries = {piece.entry.slug: piece.entry for piece in pieces(material, kind.name)}
        for row in kind.rows():
            assert kind.entry_of(row) == entries[row.slug]


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
