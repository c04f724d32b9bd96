"""What quizzes draw, against what the files offer: an attempt can always be put together, and a second one differs."""

from collections.abc import Iterator

import pytest

from courses.loading.kinds import Material
from courses.loading.load import parse_material

ROOM = 1.5  # an interview's section has half as many questions again as it asks
INTERVIEWS = {"interview-senior", "interview-staff", "interview-principal"}


@pytest.fixture(scope="module")
def material() -> Material:
    return parse_material()


def offers(material: Material) -> Iterator[tuple[str, str, int, int]]:
    """Quiz, section, questions asked, questions that fit and that no earlier section of the quiz can have taken."""
    bank = [piece.entry for piece in material.pieces["questions"] if not piece.entry.inline_allowed]
    for quiz in (piece.entry for piece in material.pieces["quizzes"]):
        reach: list[tuple[set[str], int]] = []
        for section in quiz.sections:
            if not section.pick:
                continue
            low, high = section.difficulty
            fits = {
                question.slug
                for question in bank
                if set(section.tags) <= set(question.tags) and low <= question.difficulty <= high
                if not section.kinds or question.kind in section.kinds
            }
            taken = sum(min(pick, len(fits & earlier)) for earlier, pick in reach)
            reach.append((fits, section.pick))
            yield quiz.slug, section.title, section.pick, len(fits) - taken


def test_every_section_can_be_drawn(material: Material) -> None:
    assert [offer for offer in offers(material) if offer[3] < offer[2]] == []


def test_an_interview_can_be_repeated_with_other_questions(material: Material) -> None:
    assert [offer for offer in offers(material) if offer[0] in INTERVIEWS and offer[3] < ROOM * offer[2]] == []


def test_interviews_ask_nothing_that_a_person_grades_or_that_takes_a_run_of_ones_own(material: Material) -> None:
    quizzes = [piece.entry for piece in material.pieces["quizzes"] if piece.entry.slug in INTERVIEWS]
    assert len(quizzes) == len(INTERVIEWS)
    for section in (section for quiz in quizzes for section in quiz.sections):
        assert section.kinds
        assert not {"essay", "lab-goal"} & set(section.kinds)
