"""Reads attempts into what is analysed: one query for the marks, one for the answers, however many attempts there are."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import F, FloatField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from quizzes.analysis.sheet import Drawn, Sheet
from quizzes.models import Attempt, AttemptQuestion, QuestionVersion

MARKS = (
    "attempt_id", "version__question_id", "version_id", "section__position", "position", "points",
    Coalesce("grade__score", 0.0), "active_ms",
)  # fmt: skip


class Given(NamedTuple):
    """One answer to one draw of a question, and the attempts that gave it.

    `version` was asked, the key of `graded_by` gave the marks (another one after a regrade); `value` None: no answer.
    """

    version: int
    graded_by: int | None
    frozen: Mapping[str, Any]
    value: Any
    facts: Any
    attempts: Sequence[int]


def quiz_sheet(attempts: QuerySet[Attempt]) -> Sheet:
    """The attempts with all of their questions, in the order in which they were asked."""
    rows = AttemptQuestion.objects.filter(attempt__in=attempts.values("pk")).order_by("attempt_id", "position")
    return Sheet.complete([Drawn._make(row) for row in rows.values_list(*MARKS)])


def question_sheet(attempts: QuerySet[Attempt], question_id: int) -> Sheet:
    """The attempts that drew a question, with that question alone; totals come from the attempts' own scores."""
    sums = AttemptQuestion.objects.filter(attempt=OuterRef("attempt")).order_by().values("attempt").annotate(sum=Sum("points"))
    rows = list(
        AttemptQuestion.objects.filter(attempt__in=attempts.values("pk"), version__question=question_id)
        .order_by("attempt_id")
        .values_list(*MARKS, "attempt__score", Subquery(sums.values("sum"), output_field=FloatField()))
    )
    points = {row[0]: (row[-2] * row[-1], row[-1]) for row in rows}
    return Sheet([Drawn._make(row[:-2]) for row in rows], points)


def answers_given(attempts: QuerySet[Attempt], versions: Collection[int]) -> list[Given]:
    """The answers that were graded, to these versions. Equal answers to equal draws come together: thousands, not millions."""
    rows = AttemptQuestion.objects.filter(attempt__in=attempts.values("pk"), version__in=versions).order_by()
    groups = rows.values_list(
        "version_id", F("grade__version_id"), "frozen", F("grade__answer__value"), F("grade__answer__facts")
    )
    return [Given._make(group) for group in groups.annotate(attempts=ArrayAgg("attempt_id"))]


def versions_named(ids: Collection[int]) -> dict[int, QuestionVersion]:
    return {version.pk: version for version in QuestionVersion.objects.filter(pk__in=ids).select_related("question")}
