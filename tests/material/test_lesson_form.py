"""What every lesson holds, and what stands around it: read from the files."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping

import pytest

from courses.loading.kinds import Material
from courses.loading.load import parse_material
from courses.plan import planned_lessons
from courses.rendering.blocks import BLOCKS
from courses.rendering.scan import scan

PLANNED = {lesson.slug: lesson for lesson in planned_lessons()}
CALLOUTS = re.compile(
    r'^(?:!!!|\?\?\?\+?) (?P<kind>[\w-]+)(?: "(?P<title>[^"]*)")?\n(?P<body>(?:(?: {4}.*)?\n)*)', re.MULTILINE
)
MINIMUM_QUESTIONS, MINIMUM_CARDS = 300, 250


@pytest.fixture(scope="module")
def material() -> Material:
    return parse_material()


@pytest.fixture(scope="module")
def lessons(material: Material) -> Mapping[str, str]:
    return {piece.entry.slug: piece.entry.body for piece in material.pieces["lesson"]}


def blocks_of(body: str) -> Counter[str]:
    return Counter(raw.name for _, raw in scan(body, BLOCKS, str).blocks)


def test_every_lesson_of_the_plan_is_written_in_its_place(material: Material) -> None:
    written = sorted(
        (piece.entry.module, piece.entry.order, piece.entry.slug, piece.entry.title) for piece in material.pieces["lesson"]
    )
    order: Counter[str] = Counter()
    planned = []
    for lesson in PLANNED.values():
        order[lesson.module] += 1
        planned.append((lesson.module, order[lesson.module], lesson.slug, lesson.title))
    assert written == sorted(planned)


@pytest.mark.parametrize("slug", PLANNED)
def test_a_lesson_has_a_picture_code_a_guess_a_lab_a_question_and_five_lines(slug: str, lessons: Mapping[str, str]) -> None:
    body, there = lessons[slug], blocks_of(lessons[slug])
    assert {"mermaid", "code", "prediction", "lab", "question"} <= set(there), there
    callouts = [match.groupdict() for match in CALLOUTS.finditer(f"{body}\n")]
    sheet = [each for each in callouts if each["kind"] == "cheat-sheet"]
    assert [len(re.findall(r"^ {4}\d\. ", each["body"], re.MULTILINE)) for each in sheet] == [5]
    assert sum(each["kind"] == "interview" for each in callouts) >= 2


@pytest.mark.parametrize("slug", PLANNED)
def test_a_lesson_names_its_sources(slug: str, material: Material) -> None:
    entry = next(piece.entry for piece in material.pieces["lesson"] if piece.entry.slug == slug)
    assert len(entry.sources) >= 2
    assert set(PLANNED[slug].covers) <= set(entry.covers)


@pytest.mark.parametrize("slug", PLANNED)
def test_a_lesson_ends_with_a_quiz_of_its_own(slug: str, material: Material) -> None:
    entry = next(piece.entry for piece in material.pieces["lesson"] if piece.entry.slug == slug)
    assert entry.quiz == f"{slug}-check"
    quiz = next(piece.entry for piece in material.pieces["quizzes"] if piece.entry.slug == entry.quiz)
    listed = {question for section in quiz.sections for question in section.questions}
    of_the_lesson = {piece.entry.slug for piece in material.pieces["questions"] if slug in piece.entry.tags}
    assert len(of_the_lesson) >= 6
    assert quiz.mode == "practice"
    assert 5 <= len(listed) <= 10
    assert listed <= of_the_lesson


@pytest.mark.parametrize("module", sorted({lesson.module for lesson in PLANNED.values()}))
def test_a_module_ends_with_a_timed_quiz(module: str, material: Material) -> None:
    quiz = next(piece.entry for piece in material.pieces["quizzes"] if piece.entry.slug == f"{module}-timed")
    assert quiz.mode == "exam"
    assert quiz.time_limit_s


@pytest.mark.parametrize("level", ["senior", "staff", "principal"])
def test_each_level_has_a_quiz_as_long_as_an_interview(level: str, material: Material) -> None:
    quiz = next(piece.entry for piece in material.pieces["quizzes"] if piece.entry.slug == f"interview-{level}")
    limit_s = quiz.time_limit_s or sum(section.time_limit_s or 0 for section in quiz.sections)
    assert quiz.mode == "interview"
    assert 40 * 60 <= limit_s <= 75 * 60


def test_there_is_enough_to_ask(material: Material) -> None:
    questions, cards = material.pieces["questions"], material.pieces["flashcards"]
    kinds = Counter(piece.entry.kind for piece in questions)
    assert len(questions) >= MINIMUM_QUESTIONS
    assert len(kinds) == 13, kinds
    assert len(cards) >= MINIMUM_CARDS
    assert len(material.pieces["checklist"]) >= 10
    assert len(material.pieces["exercise"]) >= 12


def test_every_number_asked_for_is_computed_from_what_is_given(material: Material) -> None:
    typed = [
        piece.entry.slug
        for piece in material.pieces["questions"]
        for part in [piece.entry.definition, *blanks(piece.entry.definition)]
        if piece.entry.kind in ("numeric", "cloze") and "tolerance" in part and not ("formula" in part and "given" in part)
    ]
    assert typed == []


def blanks(definition: Mapping[str, object]) -> list[Mapping[str, object]]:
    found = definition.get("blanks", {})
    return list(found.values()) if isinstance(found, Mapping) else list(found)  # type: ignore[call-overload]


def test_every_option_says_why_and_every_wrong_one_whose_mistake_it_is(material: Material) -> None:
    silent = [
        f"{piece.entry.slug}: {option['text'][:40]}"
        for piece in material.pieces["questions"]
        for option in piece.entry.definition.get("options", ())
        if not option.get("feedback") or bool(option.get("correct")) == bool(option.get("misconception"))
    ]
    assert silent == []


def test_every_question_explains_itself(material: Material) -> None:
    assert [piece.entry.slug for piece in material.pieces["questions"] if not piece.entry.explanation] == []


def test_no_two_questions_and_no_two_cards_ask_the_same(material: Material) -> None:
    asked: dict[str, list[str]] = defaultdict(list)
    for kind, field in (("questions", "stem"), ("flashcards", "front")):
        for piece in material.pieces[kind]:
            asked[f"{kind}: {' '.join(getattr(piece.entry, field).lower().split())}"].append(piece.entry.slug)
    assert {text: slugs for text, slugs in asked.items() if len(slugs) > 1} == {}


def test_every_correction_of_the_plan_stands_in_its_lesson_as_one(material: Material) -> None:
    """As many callouts that correct as there are ids that do: two ids may share one, so at least half as many."""
    for piece in material.pieces["lesson"]:
        wanted = sum(identity.startswith("fix-") for identity in piece.entry.covers)
        callouts = [match["kind"] for match in CALLOUTS.finditer(f"{piece.entry.body}\n")]
        assert callouts.count("correction") + callouts.count("pitfall") >= wanted / 2, piece.entry.slug
