"""All that is known of one attempt, for those who look after it: parts and their clocks, answers, tries, hints, grades."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count

from quizzes.models import Answer, Attempt, AttemptQuestion, AttemptSection, Grade
from quizzes.services.grading import Given, certainty_mark, given_by


@dataclass(frozen=True, slots=True)
class QuestionRecord:
    """A drawn question with what was said to it. `sent` counts the answers that arrived, `grades` are the newest first."""

    question: AttemptQuestion
    given: Given
    sent: int
    grades: Sequence[Grade]

    @property
    def active_s(self) -> float:
        return self.question.active_ms / 1000

    @property
    def certainty(self) -> int | None:
        return self.given.latest.certainty if self.given.latest else None

    @property
    def certainty_mark(self) -> int | None:
        return certainty_mark(self.certainty, self.question.grade.score if self.question.grade else None)


@dataclass(frozen=True, slots=True)
class SectionRecord:
    """A part of the attempt and its questions in order."""

    section: AttemptSection
    questions: Sequence[QuestionRecord]


def attempt_record(attempt: Attempt) -> list[SectionRecord]:
    """In seven queries, however long the attempt is."""
    given, sent = given_by(attempt), _sent(attempt)
    grades: dict[int, list[Grade]] = defaultdict(list)
    made = Grade.objects.filter(attempt_question__attempt=attempt).select_related("by", "version").order_by("-pk")
    for grade in made:
        grades[grade.attempt_question_id].append(grade)
    found: dict[int, list[QuestionRecord]] = defaultdict(list)
    for question in attempt.questions.select_related("version__question", "grade").order_by("position"):
        pk = question.pk
        found[question.section_id].append(QuestionRecord(question, given[pk], sent[pk], grades[pk]))
    return [SectionRecord(section, found[section.pk]) for section in attempt.sections.order_by("position")]


def _sent(attempt: Attempt) -> Counter[int]:
    rows = Answer.objects.filter(attempt_question__attempt=attempt).order_by().values_list("attempt_question_id")
    return Counter(dict(rows.annotate(count=Count("pk"))))
