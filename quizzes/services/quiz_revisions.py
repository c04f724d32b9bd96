"""The revisions of a quiz's rules: when each began, what it changed, how many attempts began with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from quizzes.models import Attempt, Quiz


@dataclass(frozen=True, slots=True)
class Revision:
    """`first` and `last` are the records of its beginning and of its newest state in the quiz's history, `before` the one
    that it changed; None where the history does not know. Texts such as the title change without a new revision.
    """

    number: int
    first: Any
    last: Any
    before: Any
    attempts: int
    current: bool

    @property
    def changed(self) -> Sequence[str]:
        """Names of the rules that it changed."""
        if self.first is None or self.before is None:
            return ()
        return [name for name in Quiz.RULES if getattr(self.first, name) != getattr(self.before, name)]


def revisions_of(quiz: Quiz) -> list[Revision]:
    """The newest first, in two queries. Previews are no attempts."""
    began = Attempt.objects.filter(quiz=quiz, preview=False).order_by().values_list("quiz_revision")
    attempts = dict(began.annotate(count=Count("pk")))
    first: dict[int, tuple[Any, Any]] = {}
    last: dict[int, Any] = {}
    before = None
    for record in quiz.history.select_related("history_user").order_by("history_date", "history_id"):
        first.setdefault(record.revision, (record, before))
        last[record.revision] = before = record
    numbers = sorted({*first, *attempts, quiz.revision}, reverse=True)
    return [
        Revision(number, *_ends(first.get(number), last.get(number)), attempts.get(number, 0), current=number == quiz.revision)
        for number in numbers
    ]


def _ends(first: tuple[Any, Any] | None, last: Any) -> tuple[Any, Any, Any]:
    record, before = first or (None, None)
    return record, last, before
