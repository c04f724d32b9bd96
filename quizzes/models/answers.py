"""What was said in an attempt and what it was worth. Rows are added, never changed: the database says no (migrations)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from quizzes.clock import ClockNow
from quizzes.models.attempt import AttemptQuestion
from quizzes.models.bank import Question, QuestionVersion

CERTAINTY = (1, 3)


class AnswerQuerySet(models.QuerySet["Answer"]):
    def counting(self) -> "AnswerQuerySet":
        """Of each drawn question the answer that counts: the one with the highest sequence number."""
        return self.order_by("attempt_question_id", "-client_seq").distinct("attempt_question_id")


class Answer(models.Model):
    """One answer as received; the one with the highest sequence number counts. `value` null: taken back.

    `certainty`: how sure the person said to be, 1 to 3. `facts`: what was found out about the run that the answer names, when
    it was given.
    """

    attempt_question = models.ForeignKey(AttemptQuestion, on_delete=models.CASCADE, related_name="answers")
    client_seq = models.PositiveIntegerField()
    value = models.JSONField(null=True)
    certainty = models.PositiveSmallIntegerField(null=True)
    facts = models.JSONField(null=True)
    received_at = models.DateTimeField(db_default=ClockNow())

    objects = AnswerQuerySet.as_manager()

    class Meta:
        ordering = ["attempt_question", "client_seq"]
        constraints = [
            models.UniqueConstraint(fields=["attempt_question", "client_seq"], name="answer_sequence"),
            models.CheckConstraint(condition=Q(client_seq__gte=1), name="answer_sequence_from_1"),
            models.CheckConstraint(
                condition=Q(certainty__isnull=True) | Q(certainty__range=CERTAINTY), name="answer_certainty_1_to_3"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_question_id}#{self.client_seq}"


class Check(models.Model):
    """A try in practice: the answer as it was judged at once. `number` from 1; `hints_shown` by then."""

    attempt_question = models.ForeignKey(AttemptQuestion, on_delete=models.CASCADE, related_name="checks")
    number = models.PositiveIntegerField()
    answer = models.ForeignKey(Answer, on_delete=models.CASCADE, related_name="+")
    score = models.FloatField(null=True)
    hints_shown = models.PositiveIntegerField(default=0)
    checked_at = models.DateTimeField(db_default=ClockNow())

    class Meta:
        ordering = ["attempt_question", "number"]
        constraints = [
            models.UniqueConstraint(fields=["attempt_question", "number"], name="check_number"),
            models.UniqueConstraint(fields=["answer"], name="answer_checked_once"),
            models.CheckConstraint(condition=Q(score__isnull=True) | Q(score__range=(0.0, 1.0)), name="check_score_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_question_id} try {self.number}"


class HintShown(models.Model):
    """A hint that was asked for. `number` from 1, in the order of the version's hints."""

    attempt_question = models.ForeignKey(AttemptQuestion, on_delete=models.CASCADE, related_name="hints_shown")
    number = models.PositiveIntegerField()
    shown_at = models.DateTimeField(db_default=ClockNow())

    class Meta:
        ordering = ["attempt_question", "number"]
        constraints = [models.UniqueConstraint(fields=["attempt_question", "number"], name="hint_shown_once")]

    def __str__(self) -> str:
        return f"{self.attempt_question_id} hint {self.number}"


class Regrade(models.Model):
    """A correction of past marks: attempts that were graded by older versions of `version`'s question are graded by it."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="regrades")
    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=500)
    gained = models.PositiveIntegerField(default=0)
    lost = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField(db_default=ClockNow())

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.question_id}: {self.reason}"


class Grade(models.Model):
    """A score for one drawn question, with the version whose key gave it; `score` empty: a person has to grade it.

    `by` is who graded where a person did, `reason` why it is there at all when it is not the first.
    """

    attempt_question = models.ForeignKey(AttemptQuestion, on_delete=models.CASCADE, related_name="grades")
    version = models.ForeignKey(QuestionVersion, on_delete=models.PROTECT, related_name="+")
    answer = models.ForeignKey(Answer, null=True, on_delete=models.CASCADE, related_name="+")
    score = models.FloatField(null=True)
    notes = models.JSONField(default=list)
    reason = models.CharField(max_length=500, blank=True, default="")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    regrade = models.ForeignKey(Regrade, null=True, on_delete=models.SET_NULL, related_name="grades")
    graded_at = models.DateTimeField(db_default=ClockNow())

    class Meta:
        ordering = ["attempt_question", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(score__isnull=True) | Q(score__range=(0.0, 1.0)), name="grade_score_is_a_share")
        ]

    def __str__(self) -> str:
        return f"{self.attempt_question_id}: {'–' if self.score is None else format(self.score, 'g')}"
