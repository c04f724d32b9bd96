"""A quiz: what is drawn, in what time, how often, and what is shown afterwards."""

from collections.abc import Sequence

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from courses.models.material import MaterialRow
from quizzes.rules import MODES, SECTIONS, ReviewPolicy, Section

MAX_LIMIT_S = 24 * 3600


class Quiz(MaterialRow):
    """Rules of a quiz. An attempt copies what it is judged by, so an edit never moves a running attempt's goal.

    Times are judged by the database's clock. `grace_s` is for answers on their way: the page's clock ends at the limit, the
    server still takes what arrives within the grace. `revision` counts the changes of the rules; an attempt names the one
    that it began with.
    """

    RULES = (
        "mode", "time_limit_s", "grace_s", "on_expiry", "attempts_allowed", "opens_at", "closes_at", "sections",
        "shuffle_questions", "shuffle_options", "layout", "one_way", "certainty", "retry_penalty", "hint_penalty", "review",
        "pass_mark", "invited_only",
    )  # fmt: skip

    title = models.CharField(max_length=160)
    summary = models.TextField(blank=True, default="", help_text="Markdown, shown before the start.")
    published = models.BooleanField(default=True)
    invited_only = models.BooleanField(
        "by invitation only", default=False, help_text="Not listed; only who was invited can start it."
    )
    mode = models.CharField(max_length=10, choices=MODES, default="exam")
    time_limit_s = models.PositiveIntegerField(
        "time limit (s)", null=True, blank=True, validators=[MinValueValidator(10), MaxValueValidator(MAX_LIMIT_S)],
        help_text="Seconds from the start. Empty: no limit.",
    )  # fmt: skip
    grace_s = models.PositiveIntegerField("grace (s)", default=10, validators=[MaxValueValidator(300)])
    on_expiry = models.CharField(
        "when the time is over", max_length=7, default="submit",
        choices=[("submit", "Hand in what has arrived"), ("abandon", "Count it as abandoned")],
    )  # fmt: skip
    attempts_allowed = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)], help_text="For each person. Empty: no limit."
    )
    opens_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True)
    sections = models.JSONField(help_text="What is drawn: see the example beside the field.")
    shuffle_questions = models.BooleanField(default=False, help_text="Within each section.")
    shuffle_options = models.BooleanField(default=True)
    layout = models.CharField(max_length=3, choices=[("all", "All on one page"), ("one", "One at a time")], default="all")
    one_way = models.BooleanField(default=False, help_text="One question at a time, and no way back to it.")
    certainty = models.BooleanField(
        "certainty marking", default=False, help_text="Ask how sure people are; shown beside the score, never part of it."
    )
    retry_penalty = models.FloatField(
        default=1 / 3, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="Practice: share of the marks that each further try at a question costs.",
    )  # fmt: skip
    hint_penalty = models.FloatField(
        default=0.1, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="Practice: share of the marks that each hint costs.",
    )  # fmt: skip
    review = models.JSONField(default=dict, blank=True)
    pass_mark = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="Share of the points, 0 to 1. Empty: nothing to pass.",
    )  # fmt: skip
    covers = models.JSONField(default=list, blank=True)
    revision = models.PositiveIntegerField(default=1, editable=False)
    history = HistoricalRecords(excluded_fields=list(MaterialRow.SOURCE_FIELDS))

    class Meta:
        ordering = ["title"]
        verbose_name_plural = "quizzes"
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_at__isnull=True) | Q(closes_at__isnull=True) | Q(opens_at__lt=F("closes_at")),
                name="quiz_opens_before_it_closes",
            ),
            models.CheckConstraint(
                condition=Q(attempts_allowed__isnull=True) | Q(attempts_allowed__gte=1), name="quiz_allows_an_attempt"
            ),
            models.CheckConstraint(
                condition=Q(pass_mark__isnull=True) | Q(pass_mark__range=(0.0, 1.0)), name="quiz_pass_mark_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def draw_sections(self) -> Sequence[Section]:
        return SECTIONS.validate_python(self.sections)

    @property
    def review_policy(self) -> ReviewPolicy:
        return ReviewPolicy.model_validate(self.review)

    @property
    def total_s(self) -> int | None:
        """All the time there is: the limit, or that of the sections together where each has one."""
        parts = [section.time_limit_s for section in self.draw_sections]
        return self.time_limit_s or (sum(part or 0 for part in parts) if all(parts) else None)

    @property
    def question_count(self) -> int:
        return sum(section.pick or len(section.questions) for section in self.draw_sections)
