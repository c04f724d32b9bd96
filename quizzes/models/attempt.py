"""An attempt: the frozen draw, the append-only answers, the grades. The database holds the rules, not the page."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from quizzes.clock import ClockNow
from quizzes.kinds import Frozen
from quizzes.models.bank import QuestionVersion
from quizzes.models.quiz import Quiz


class Attempt(models.Model):
    """One person's attempt at a quiz.

    `due_at` is when the page's clock ends, `deadline_at` (after the grace) when the server takes nothing more; both empty
    without a limit. `attempt_limit` and `pass_mark` are the quiz's at the start. `score` is the share of the points, 0 to 1.
    Status moves once, by conditional update: in progress to submitted or to expired.
    """

    class Status(models.TextChoices):
        IN_PROGRESS = "in_progress", "in progress"
        SUBMITTED = "submitted", "submitted"
        EXPIRED = "expired", "ended by the clock"

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    quiz = models.ForeignKey(Quiz, on_delete=models.PROTECT, related_name="attempts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="quiz_attempts")
    number = models.PositiveIntegerField()
    attempt_limit = models.PositiveIntegerField(null=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.IN_PROGRESS)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    pass_mark = models.FloatField(null=True)
    score = models.FloatField(null=True)

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["quiz", "user"], condition=Q(status="in_progress"), name="one_running_attempt_per_person"
            ),
            models.UniqueConstraint(fields=["quiz", "user", "number"], name="attempt_number"),
            models.CheckConstraint(
                condition=Q(number__gte=1) & (Q(attempt_limit__isnull=True) | Q(number__lte=F("attempt_limit"))),
                name="attempt_number_within_limit",
            ),
            models.CheckConstraint(
                condition=Q(status="in_progress", submitted_at__isnull=True)
                | Q(status__in=["submitted", "expired"], submitted_at__isnull=False),
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
        ]

    def __str__(self) -> str:
        return f"{self.quiz} · attempt {self.number} · {self.user}"

    @property
    def running(self) -> bool:
        return self.status == self.Status.IN_PROGRESS

    @property
    def passed(self) -> bool | None:
        """None while nothing is graded, or where there is nothing to pass."""
        if self.pass_mark is None or self.score is None:
            return None
        return self.score >= self.pass_mark - 1e-9


class AttemptQuestion(models.Model):
    """A question as drawn: its pinned version, its place (from 1; the browser's name for it), and what chance settled."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="questions")
    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()
    section = models.CharField(max_length=160, blank=True, default="")
    points = models.FloatField(default=1.0)
    frozen = models.JSONField()
    flagged = models.BooleanField(default=False)
    grade = models.ForeignKey("quizzes.Grade", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["attempt", "position"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "position"], name="attempt_position"),
            models.UniqueConstraint(fields=["attempt", "version"], name="attempt_draws_a_question_once"),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id}/{self.position}"

    def public_view(self) -> dict[str, Any]:
        """What the browser may know of it before submission."""
        return dict(self.version.kind_object.public_view(self.version.parsed(), self.draw))

    @property
    def draw(self) -> Frozen:
        frozen: Frozen = self.frozen
        return frozen


class Answer(models.Model):
    """One answer as received. Append-only; the one with the highest sequence number counts. `value` null: taken back."""

    attempt_question = models.ForeignKey(AttemptQuestion, on_delete=models.CASCADE, related_name="answers")
    client_seq = models.PositiveIntegerField()
    value = models.JSONField(null=True)
    received_at = models.DateTimeField(db_default=ClockNow())

    class Meta:
        ordering = ["attempt_question", "client_seq"]
        constraints = [
            models.UniqueConstraint(fields=["attempt_question", "client_seq"], name="answer_sequence"),
            models.CheckConstraint(condition=Q(client_seq__gte=1), name="answer_sequence_from_1"),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_question_id}#{self.client_seq}"


class Grade(models.Model):
    """A score for one drawn question, with the version whose key gave it. Grades are added, never changed."""

    attempt_question = models.ForeignKey(AttemptQuestion, on_delete=models.CASCADE, related_name="grades")
    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="+")
    answer = models.ForeignKey(Answer, null=True, on_delete=models.CASCADE, related_name="+")
    score = models.FloatField()
    notes = models.JSONField(default=list)
    graded_at = models.DateTimeField(db_default=ClockNow())

    class Meta:
        ordering = ["attempt_question", "-id"]
        constraints = [models.CheckConstraint(condition=Q(score__range=(0.0, 1.0)), name="grade_score_is_a_share")]

    def __str__(self) -> str:
        return f"{self.attempt_question_id}: {self.score:g}"
