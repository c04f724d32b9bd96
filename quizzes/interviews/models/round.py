"""One round of a mock interview: the frozen prompt, the stages as they were opened, the runs, the append-only notes."""

import uuid
from functools import cached_property

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from labs.models import Run
from quizzes.clock import ClockNow
from quizzes.interviews.content import LEVELS, STAGE_WORDS, STAGES, PromptContent, content_of
from quizzes.interviews.models.prompt import Prompt

LEVEL_CHOICES = [(level, level) for level in LEVELS]
STAGE_CHOICES = list(STAGE_WORDS.items())


class Round(models.Model):
    """`content` is the prompt as it was at the start. Status moves once, by conditional update.

    `change_opened_at`: when the change in mid-round came. `answers_opened_at`: when the candidate first saw the model answer.
    `deleted_at`: put away by the candidate, gone a day later. `preview`: an instructor's try, in no list and no history.
    """

    class Status(models.TextChoices):
        RUNNING = "running", "running"
        FINISHED = "finished", "finished"
        ABANDONED = "abandoned", "given up"

    class EndedBy(models.TextChoices):
        CANDIDATE = "candidate", "by the candidate"
        CLOCK = "clock", "by the clock"

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="interview_rounds")
    prompt = models.ForeignKey(Prompt, on_delete=models.PROTECT, related_name="rounds")
    content = models.JSONField()
    level = models.CharField(max_length=10, choices=LEVEL_CHOICES)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.RUNNING)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=10, choices=EndedBy.choices, blank=True, default="")
    preview = models.BooleanField(default=False)
    change_opened_at = models.DateTimeField(null=True)
    answers_opened_at = models.DateTimeField(null=True)
    share_token = models.CharField(max_length=43, null=True, blank=True, unique=True)
    for_instructors = models.BooleanField(default=False)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(status="running"), name="one_running_round_per_person"),
            models.CheckConstraint(condition=Q(status__in=["running", "finished", "abandoned"]), name="round_status_known"),
            models.CheckConstraint(condition=Q(level__in=LEVELS), name="round_level_known"),
            models.CheckConstraint(
                condition=Q(status="running", ended_at__isnull=True, ended_by="")
                | (~Q(status="running") & Q(ended_at__gte=F("started_at"), ended_by__in=["candidate", "clock"])),
                name="round_ends_once",
            ),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True) | ~Q(status="running"), name="round_running_is_not_deleted"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-started_at"], name="round_by_person"),
            models.Index(fields=["started_at"], condition=Q(status="running"), name="round_running"),
        ]

    def __str__(self) -> str:
        return f"{self.prompt} · {self.user} · {self.started_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("interviews:round", args=[self.uuid])

    @property
    def running(self) -> bool:
        return self.status == self.Status.RUNNING

    @cached_property
    def told(self) -> PromptContent:
        """The frozen prompt."""
        return content_of(self.content)


class RoundStage(models.Model):
    """A stage that was opened. `due_at`: its time is over; `deadline_at`: the grace is, too, and the next one opens."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="stages")
    position = models.PositiveSmallIntegerField()
    stage = models.CharField(max_length=20, choices=STAGE_CHOICES)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=10, choices=Round.EndedBy.choices, blank=True, default="")

    class Meta:
        ordering = ["round", "position"]
        constraints = [
            models.UniqueConstraint(fields=["round", "position"], name="round_opens_a_stage_once"),
            models.UniqueConstraint(fields=["round"], condition=Q(closed_at__isnull=True), name="one_open_stage_in_a_round"),
            models.CheckConstraint(condition=Q(stage__in=STAGES), name="round_stage_known"),
            models.CheckConstraint(
                condition=Q(due_at__gt=F("opened_at"), deadline_at__gte=F("due_at")), name="round_stage_times_in_order"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by="")
                | Q(closed_at__gte=F("opened_at"), closed_at__lte=F("deadline_at"), closed_by__in=["candidate", "clock"]),
                name="round_stage_closes_within_its_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id}/{self.stage}"


class RoundRun(models.Model):
    """A run of the lab that was started in the round; the newest one counts. The change reaches a run once or never:
    `change_index` is its row in the run's ledger, `change_t_s` the virtual second, `changed_at` the server's time."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="runs")
    number = models.PositiveSmallIntegerField()
    run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="+")
    started_at = models.DateTimeField(db_default=ClockNow())
    change_index = models.PositiveIntegerField(null=True)
    change_t_s = models.FloatField(null=True)
    changed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["round", "number"]
        constraints = [
            models.UniqueConstraint(fields=["round", "number"], name="round_run_number"),
            models.CheckConstraint(
                condition=Q(change_index__isnull=True, change_t_s__isnull=True, changed_at__isnull=True)
                | Q(change_index__isnull=False, change_t_s__isnull=False, changed_at__isnull=False),
                name="round_run_is_changed_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id}: run {self.number}"

    @property
    def change_taken_back(self) -> bool:
        """Whether the candidate undid it on the lab's own page; reports say so."""
        if self.change_index is None:
            return False
        return self.run.changes.filter(index=self.change_index, removed_in_take__isnull=False).exists()


class Note(models.Model):
    """One saved state of a pad: a stage's notes, or the diagram. Append-only; the highest sequence number counts.

    `stage`: which stage was open when it arrived, whatever pad it belongs to.
    """

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="notes")
    pad = models.CharField(max_length=20)
    client_seq = models.PositiveIntegerField()
    stage = models.CharField(max_length=20, choices=STAGE_CHOICES)
    text = models.TextField(blank=True)
    received_at = models.DateTimeField(db_default=ClockNow())

    class Meta:
        ordering = ["round", "pad", "client_seq"]
        constraints = [
            models.UniqueConstraint(fields=["round", "pad", "client_seq"], name="note_sequence"),
            models.CheckConstraint(condition=Q(client_seq__gte=1), name="note_sequence_from_1"),
            models.CheckConstraint(condition=Q(pad__in=[*STAGES, "diagram"]), name="note_pad_known"),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.pad}#{self.client_seq}"
