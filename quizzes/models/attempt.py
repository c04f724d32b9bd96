"""An attempt: the frozen draw, its sections and their clocks. The database holds the rules, not the page."""

import uuid
from typing import Any

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from quizzes.clock import ClockNow
from quizzes.kinds import Frozen, Posed
from quizzes.models.bank import QuestionVersion
from quizzes.models.quiz import Quiz
from quizzes.rules import MODES


class Attempt(models.Model):
    """One person's attempt at a quiz.

    `due_at` is when the page's clock ends, `deadline_at` (after the grace) when the server takes nothing more; both empty
    without a limit. They hold the extra time, which is `extra_s` beside the quiz's own `base_limit_s`. The other rules are the
    quiz's at the start. `score` is the share of the points, 0 to 1; empty where the attempt was abandoned.
    Status moves once, by conditional update: in progress to submitted, to expired or to abandoned.
    `preview`: an instructor's try, which no list, limit or statistic counts.
    """

    class Status(models.TextChoices):
        IN_PROGRESS = "in_progress", "in progress"
        SUBMITTED = "submitted", "submitted"
        EXPIRED = "expired", "ended by the clock"
        ABANDONED = "abandoned", "abandoned"

    RULES = ("mode", "one_way", "certainty", "retry_penalty", "hint_penalty", "on_expiry", "pass_mark", "grace_s")

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    quiz = models.ForeignKey(Quiz, on_delete=models.PROTECT, related_name="attempts")
    quiz_revision = models.PositiveIntegerField(default=1)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="quiz_attempts")
    number = models.PositiveIntegerField()
    preview = models.BooleanField(default=False)
    attempt_limit = models.PositiveIntegerField(null=True)
    mode = models.CharField(max_length=10, choices=MODES, default="exam")
    one_way = models.BooleanField(default=False)
    certainty = models.BooleanField(default=False)
    retry_penalty = models.FloatField(default=1 / 3)
    hint_penalty = models.FloatField(default=0.1)
    on_expiry = models.CharField(max_length=7, default="submit")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.IN_PROGRESS)
    started_at = models.DateTimeField()
    base_limit_s = models.PositiveIntegerField(null=True)
    extra_s = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(null=True)
    grace_s = models.PositiveIntegerField(default=10)
    submitted_at = models.DateTimeField(null=True)
    pass_mark = models.FloatField(null=True)
    score = models.FloatField(null=True)
    needs_grading = models.BooleanField(default=False)

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["quiz", "user"], condition=Q(status="in_progress"), name="one_running_attempt_per_person"
            ),
            models.UniqueConstraint(fields=["quiz", "user", "preview", "number"], name="attempt_number"),
            models.CheckConstraint(
                condition=Q(number__gte=1) & (Q(attempt_limit__isnull=True) | Q(number__lte=F("attempt_limit"))),
                name="attempt_number_within_limit",
            ),
            models.CheckConstraint(
                condition=Q(status="in_progress", submitted_at__isnull=True)
                | Q(status__in=["submitted", "expired", "abandoned"], submitted_at__isnull=False),
                name="attempt_ends_once",
            ),
            models.CheckConstraint(
                condition=Q(due_at__isnull=True, deadline_at__isnull=True)
                | Q(due_at__gte=F("started_at"), deadline_at__gte=F("due_at")),
                name="attempt_deadline_after_start",
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__range=(0.0, 1.0)), name="attempt_score_is_a_share"
            ),
        ]
        indexes = [
            models.Index(fields=["deadline_at"], condition=Q(status="in_progress"), name="attempt_overdue"),
            models.Index(fields=["quiz"], condition=Q(needs_grading=True), name="attempt_needs_grading"),
        ]

    def __str__(self) -> str:
        return f"{self.quiz} · attempt {self.number} · {self.user}"

    @property
    def running(self) -> bool:
        return self.status == self.Status.IN_PROGRESS

    @property
    def passed(self) -> bool | None:
        """None while nothing is graded, or where there is nothing to pass."""
        if self.pass_mark is None or self.score is None or self.needs_grading:
            return None
        return self.score >= self.pass_mark - 1e-9


class AttemptSection(models.Model):
    """A part of an attempt with a clock of its own where the quiz is an interview.

    `sequential`: opened by the person, one after the other; the database lets only one be open. All others are open from the
    start of the attempt. `due_at` and `deadline_at` as on the attempt; they hold `extra_s`.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="sections")
    position = models.PositiveIntegerField()
    title = models.CharField(max_length=160, blank=True, default="")
    intro = models.TextField(blank=True, default="")
    sequential = models.BooleanField(default=False)
    time_limit_s = models.PositiveIntegerField(null=True)
    extra_s = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["attempt", "position"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "position"], name="attempt_section_position"),
            models.UniqueConstraint(
                fields=["attempt"], condition=Q(sequential=True, opened_at__isnull=False, closed_at__isnull=True),
                name="one_open_section_in_sequence",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(opened_at__isnull=False, closed_at__gte=F("opened_at")),
                name="attempt_section_closes_after_opening",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["deadline_at"], condition=Q(closed_at__isnull=True, deadline_at__isnull=False), name="section_overdue"
            ),
        ]

    def __str__(self) -> str:
        return self.title or f"Section {self.position}"

    @property
    def open(self) -> bool:
        return self.opened_at is not None and self.closed_at is None


class AttemptQuestion(models.Model):
    """A question as drawn: its pinned version, its place (from 1; the browser's name for it), and what chance settled.

    It takes answers from `opened_at` to `closed_at`: with its section, one by one where there is no way back, until it is
    solved or shown in practice. `active_ms` is how long it was looked at, as the page measured it.
    """

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="questions")
    section = models.ForeignKey(AttemptSection, on_delete=models.CASCADE, related_name="questions")
    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()
    points = models.FloatField(default=1.0)
    frozen = models.JSONField()
    flagged = models.BooleanField(default=False)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    active_ms = models.PositiveBigIntegerField(default=0)
    grade = models.ForeignKey("quizzes.Grade", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["attempt", "position"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "position"], name="attempt_position"),
            models.UniqueConstraint(fields=["attempt", "version"], name="attempt_draws_a_question_once"),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id}/{self.position}"

    @property
    def posed(self) -> Posed:
        """The question as this person gets it."""
        return self.version.posed(self.draw)

    def public_view(self) -> dict[str, Any]:
        """What the browser may know of it before submission."""
        return self.posed.public_view()

    @property
    def draw(self) -> Frozen:
        frozen: Frozen = self.frozen
        return frozen


class Accommodation(models.Model):
    """More time for a person, at one quiz or at all: the limit times `multiplier`, plus `minutes`.

    A person's row for a quiz goes before the one for all. Saved through `services.extra_time`, which moves running attempts.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="accommodations")
    quiz = models.ForeignKey(
        Quiz, null=True, blank=True, on_delete=models.CASCADE, related_name="accommodations", help_text="Empty: at every quiz."
    )
    multiplier = models.FloatField(
        default=1.0, validators=[MinValueValidator(1.0)], help_text="1.25 is a quarter more time. From 1 to 5."
    )
    minutes = models.PositiveIntegerField(default=0, help_text="Added after the multiplication. At most 1,440.")
    note = models.CharField(max_length=200, blank=True, default="", help_text="For instructors.")

    class Meta:
        ordering = ["user", "quiz"]
        constraints = [
            models.UniqueConstraint(fields=["user", "quiz"], name="accommodation_of_a_quiz"),
            models.UniqueConstraint(fields=["user"], condition=Q(quiz__isnull=True), name="accommodation_of_all_quizzes"),
            models.CheckConstraint(
                condition=Q(multiplier__range=(1.0, 5.0), minutes__lte=24 * 60), name="accommodation_within_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: ×{self.multiplier:g} + {self.minutes} min"


class TimeGrant(models.Model):
    """Minutes given to one running attempt. Append-only. In a timed section they go to the section too."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="time_grants")
    minutes = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    reason = models.CharField(max_length=200, blank=True, default="")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(db_default=ClockNow())

    class Meta:
        ordering = ["attempt", "id"]
        constraints = [models.CheckConstraint(condition=Q(minutes__range=(1, 24 * 60)), name="time_grant_within_a_day")]

    def __str__(self) -> str:
        return f"{self.attempt_id}: +{self.minutes} min"
