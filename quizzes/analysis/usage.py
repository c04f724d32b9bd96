"""Where a question is asked: the quizzes that list it, that may draw it, and that have asked it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max

from quizzes.draw import offered
from quizzes.models import AttemptQuestion, Question, Quiz


@dataclass(frozen=True, slots=True)
class Use:
    """A quiz and a question: whether the quiz `lists` it by name or `may_draw` it now, and how often it did ask it."""

    quiz: Quiz
    lists: bool
    may_draw: bool
    asked: int
    last_asked: datetime | None


def uses_of(question: Question) -> Sequence[Use]:
    """By title. Previews do not count as asked."""
    rows = AttemptQuestion.objects.filter(version__question=question, attempt__preview=False).order_by()
    counts = rows.values_list("attempt__quiz").annotate(asked=Count("pk"), last=Max("attempt__started_at"))
    asked = {quiz: (count, last) for quiz, count, last in counts}
    return [use for quiz in Quiz.objects.order_by("title") if (use := _use(quiz, question, *asked.get(quiz.pk, (0, None))))]


def _use(quiz: Quiz, question: Question, asked: int, last_asked: datetime | None) -> Use | None:
    sections = quiz.draw_sections
    lists = not question.retired and any(question.slug in section.questions for section in sections)
    picks = [section for section in sections if section.pick]
    may_draw = any(offered(section).filter(question=question).exists() for section in picks)
    return Use(quiz, lists, may_draw, asked, last_asked) if lists or may_draw or asked else None
