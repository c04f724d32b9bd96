"""Drawing an attempt's questions from the bank. Pure choice: given what the bank offers and a source of chance."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, QuerySet

from quizzes.errors import DrawImpossible
from quizzes.kinds import Frozen
from quizzes.models import Question, QuestionVersion, Quiz
from quizzes.rules import Section


@dataclass(frozen=True, slots=True)
class Drawn:
    """One question of an attempt-to-be; `section` counts from 1."""

    version: QuestionVersion
    section: int
    points: float
    frozen: Frozen


def draw(quiz: Quiz, rng: random.Random) -> list[Drawn]:
    """The questions of one attempt, in order. No question comes twice. Raises `DrawImpossible`."""
    sections = quiz.draw_sections
    fixed = {slug for section in sections for slug in section.questions}
    taken: set[int] = set()
    drawn: list[Drawn] = []
    for number, section in enumerate(sections, start=1):
        chosen = _chosen(section, rng, taken, fixed) if section.pick else _listed(section)
        if len(chosen) < (section.pick or len(section.questions)):
            raise DrawImpossible(f"{section.title or f'Section {number}'}: the bank has only {len(chosen)} that fit.")
        taken.update(version.question_id for version in chosen)
        if quiz.shuffle_questions:
            rng.shuffle(chosen)
        drawn += [_freeze(version, number, section, quiz, rng) for version in chosen]
    return drawn


def listed_by(slug: str) -> str:
    """The titles of the quizzes that list this question, in words; empty when none does."""
    found = Quiz.objects.filter(sections__contains=[{"questions": [slug]}]).order_by("title")
    return ", ".join(f"“{title}”" for title in found.values_list("title", flat=True))


def _listed(section: Section) -> list[QuestionVersion]:
    found = Question.objects.filter(slug__in=section.questions, retired=False, current__isnull=False)
    by_slug = {question.slug: question.current for question in found.select_related("current__question")}
    return [version for slug in section.questions if (version := by_slug.get(slug)) is not None]


def offered(section: Section) -> QuerySet[QuestionVersion]:
    """What the bank has for a section that picks. Inline checks are left out: their answers stand in lessons."""
    found = QuestionVersion.objects.filter(
        question__current_id=F("id"), question__retired=False, question__inline_allowed=False,
        tags__contains=list(section.tags), difficulty__range=section.difficulty,
    )  # fmt: skip
    return found.filter(kind__in=section.kinds) if section.kinds else found


def _chosen(section: Section, rng: random.Random, taken: set[int], fixed: set[str]) -> list[QuestionVersion]:
    """`section.pick` of what fits and is not taken."""
    found = offered(section).exclude(question_id__in=taken).exclude(question__slug__in=fixed)
    fitting: Sequence[QuestionVersion] = list(found.select_related("question").order_by("question__slug"))
    return rng.sample(fitting, min(section.pick or 0, len(fitting)))


def _freeze(version: QuestionVersion, number: int, section: Section, quiz: Quiz, rng: random.Random) -> Drawn:
    frozen = version.kind_object.freeze(version.parsed(), rng, shuffle=quiz.shuffle_options)
    return Drawn(version=version, section=number, points=section.points, frozen=frozen)
