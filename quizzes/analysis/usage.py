"""Where a question is asked: the quizzes that list it, that may draw it, and that have asked it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Max, OuterRef

from quizzes.draw import offered
from quizzes.models import AttemptQuestion, Question, QuestionVersion, Quiz


@dataclass(frozen=True, slots=True)
class Use:
    """A quiz and a question: whether the quiz lists it by name or may draw it now, and how often it did ask it."""

    quiz: Quiz
    lists: bool
    may_draw: bool
    asked: int
    last_asked: datetime | None


def uses_of(question: Question) -> Sequence[Use]:
    """By title, in three queries. Previews do not count as asked."""
    rows = AttemptQuestion.objects.filter(version__question=question, attempt__preview=False).order_by()
    counts = rows.values_list("attempt__quiz").annotate(asked=Count("pk"), last=Max("attempt__started_at"))
    asked = {quiz: (count, last) for quiz, count, last in counts}
    quizzes = list(Quiz.objects.order_by("title"))
    drawing = _drawing(question, quizzes)
    uses = [Use(quiz, _lists(quiz, question), quiz.pk in drawing, *asked.get(quiz.pk, (0, None))) for quiz in quizzes]
    return [use for use in uses if use.lists or use.may_draw or use.asked]


def _lists(quiz: Quiz, question: Question) -> bool:
    return not question.retired and any(question.slug in section.questions for section in quiz.draw_sections)


def _drawing(question: Question, quizzes: Sequence[Quiz]) -> set[int]:
    """The quizzes of which a section that picks would find the question's current version."""
    picks = [(quiz.pk, section) for quiz in quizzes for section in quiz.draw_sections if section.pick]
    fits = {f"fits_{number}": Exists(offered(section).filter(pk=OuterRef("pk"))) for number, (_, section) in enumerate(picks)}
    current = QuestionVersion.objects.filter(pk=question.current_id or 0).values(**fits).first() if picks else None
    found = list((current or {}).values())
    return {quiz for (quiz, _), fit in zip(picks, found, strict=False) if fit}
