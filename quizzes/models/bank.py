"""The bank: a question is a name that points at its current version; versions never change."""

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from courses.models.material import MaterialRow
from quizzes.clock import ClockNow
from quizzes.kinds import Frozen, Kind, Posed, kind_named


class Question(MaterialRow):
    """A question of the bank. `inline_allowed`: a lesson may ask it and tell the answer, so no quiz draws it from the bank."""

    current = models.ForeignKey(
        "quizzes.QuestionVersion", null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    inline_allowed = models.BooleanField(
        "inline check", default=False, help_text="Lessons may ask it and answer at once; quizzes no longer pick it by tag."
    )
    retired = models.BooleanField(default=False, help_text="New attempts no longer draw it; old ones keep it.")
    history = HistoricalRecords(excluded_fields=list(MaterialRow.SOURCE_FIELDS))

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug


class QuestionVersion(models.Model):
    """One wording of a question. Append-only: the database refuses an update (see migration 0002).

    `definition` is what its kind understands (see `quizzes.kinds`) and `artifact` what the kind computed from it once;
    `hints` are Markdown, asked for one by one in practice; `explanation` is shown in reviews only, `difficulty` runs from 1
    (recall) to 5 (expert), `covers` are ids of the coverage map, `sources` are Markdown links.
    """

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=40)
    stem = models.TextField()
    definition = models.JSONField()
    artifact = models.JSONField(null=True, editable=False)
    hints = models.JSONField(default=list, blank=True)
    explanation = models.TextField(blank=True, default="")
    sources = models.JSONField(default=list, blank=True)
    tags = models.JSONField(default=list, blank=True)
    difficulty = models.PositiveSmallIntegerField(default=2, validators=[MinValueValidator(1), MaxValueValidator(5)])
    covers = models.JSONField(default=list, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    made_at = models.DateTimeField(db_default=ClockNow(), editable=False)

    CONTENT = ("kind", "stem", "definition", "hints", "explanation", "sources", "tags", "difficulty", "covers")

    class Meta:
        ordering = ["question", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["question", "number"], name="question_version_number"),
            models.CheckConstraint(condition=Q(difficulty__range=(1, 5)), name="question_difficulty_1_to_5"),
        ]

    def __str__(self) -> str:
        return f"{self.question.slug} v{self.number}"

    @property
    def kind_object(self) -> Kind[Any, Any]:
        return kind_named(self.kind)

    def parsed(self) -> Any:
        """The definition as its kind's schema."""
        kind = self.kind_object
        return kind.with_stem(kind.assemble(self.definition, self.artifact), self.stem)

    def posed(self, frozen: Frozen) -> Posed:
        """The question as one person gets it."""
        return Posed(kind=self.kind_object, definition=self.parsed(), frozen=frozen)
