"""Which attempts are analysed: those that are over and graded, one a person if not told otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.db.models import Count, Q, QuerySet

from quizzes.models import Attempt, Quiz

Which = Literal["first", "best", "last", "all"]
OVER = (Attempt.Status.SUBMITTED, Attempt.Status.EXPIRED)


@dataclass(frozen=True, slots=True)
class Selection:
    """`which` attempt of each person; then only those of a revision of the quiz, and started within two dates (both included).

    A person's first attempt is their first at the quiz at all: narrowing the dates never makes a second one the first.
    """

    which: Which = "first"
    revision: int | None = None
    since: date | None = None
    until: date | None = None

    def of(self, quiz: Quiz) -> QuerySet[Attempt]:
        return self._narrowed(chosen(Attempt.objects.filter(quiz=quiz), self.which))

    def _narrowed(self, found: QuerySet[Attempt]) -> QuerySet[Attempt]:
        if self.revision is not None:
            found = found.filter(quiz_revision=self.revision)
        if self.since is not None:
            found = found.filter(started_at__date__gte=self.since)
        return found.filter(started_at__date__lte=self.until) if self.until is not None else found


def chosen(attempts: QuerySet[Attempt], which: Which) -> QuerySet[Attempt]:
    """Of each person at each quiz that attempt, without previews, abandoned ones and those that wait for a person's grade."""
    over = attempts.filter(preview=False, status__in=OVER)
    if which != "all":
        order = {"first": "number", "last": "-number", "best": "-score"}[which]
        best = over.filter(needs_grading=False) if which == "best" else over
        one_each = best.order_by("quiz_id", "user_id", order, "number").distinct("quiz_id", "user_id")
        over = Attempt.objects.filter(pk__in=one_each.values("pk"))
    return over.filter(needs_grading=False, score__isnull=False).order_by("pk")


@dataclass(frozen=True, slots=True)
class Population:
    """How many attempts at a quiz there are of each fate; `revisions` are those of the quiz that they began with."""

    over: int
    people: int
    waiting: int
    running: int
    abandoned: int
    previews: int
    revisions: Sequence[int]

    @property
    def nobody(self) -> bool:
        return not (self.over or self.running or self.abandoned)


def population(quiz: Quiz) -> Population:
    over, real = Q(preview=False, status__in=OVER), Q(preview=False)
    found = Attempt.objects.filter(quiz=quiz).aggregate(
        over=Count("pk", filter=over),
        people=Count("user", filter=over, distinct=True),
        waiting=Count("pk", filter=over & Q(needs_grading=True)),
        running=Count("pk", filter=real & Q(status=Attempt.Status.IN_PROGRESS)),
        abandoned=Count("pk", filter=real & Q(status=Attempt.Status.ABANDONED)),
        previews=Count("pk", filter=Q(preview=True)),
    )
    revisions = Attempt.objects.filter(over, quiz=quiz).order_by("quiz_revision").values_list("quiz_revision", flat=True)
    return Population(**found, revisions=list(revisions.distinct()))
