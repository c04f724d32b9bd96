"""Runs, their ledgers and predictions, and the instructors' scenarios. What must always hold, the database checks."""

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from simple_history.models import HistoricalRecords


class Status(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ABANDONED = "abandoned"


ACTIVE = (Status.QUEUED, Status.RUNNING)
ENDED = (Status.FINISHED, Status.FAILED, Status.CANCELLED, Status.ABANDONED)


def asker_name(owner_id: int | None, visitor: str) -> str:
    return f"user {owner_id}" if owner_id is not None else visitor


class Scenario(models.Model):
    """A lab as an instructor sets it up: parameters, one open control, goals and text. Checked by the lab itself."""

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=120)
    lab = models.SlugField(help_text="The lab's slug, as in its address.")
    text = models.TextField(blank=True, help_text="Markdown: what to try and what to watch for.")
    parameters = models.JSONField(default=dict, blank=True, help_text='Knobs that differ from their default: {"rate_rps": 40}.')
    world = models.CharField(max_length=10, default="simulated", choices=[("simulated", "simulated"), ("live", "live")])
    arms = models.JSONField(default=list, blank=True, help_text="Names of the arms to compare; empty: the lab's own choice.")
    duration_s = models.FloatField(null=True, blank=True, help_text="Seconds; empty: the lab's own.")
    seed = models.BigIntegerField(null=True, blank=True, help_text="Empty: a new one for each run.")
    open_control = models.CharField(max_length=60, blank=True, help_text="The one knob or action that is open; empty: all.")
    goals = models.JSONField(
        default=list, blank=True, help_text='[{"id": …, "text": …, "conditions": [{"subject": "metric", "name": …}]}]'
    )
    published = models.BooleanField(default=True)
    position = models.PositiveIntegerField(default=0, help_text="Order on the lab's page.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    history = HistoricalRecords()

    class Meta:
        ordering: ClassVar[list[str]] = ["lab", "position", "title"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"{reverse('labs:lab', args=[self.lab])}?scenario={self.slug}"


class RunManager(models.Manager["Run"]):
    def get_queryset(self) -> "models.QuerySet[Run]":
        """Without the stored events, which are large and needed in few places."""
        return super().get_queryset().defer("series")


class Run(models.Model):
    """One run: what it was told, who asked, how far it is, and in the end what came out.

    `take` counts the times it was computed anew because of a change; take n goes its own way from `take_starts[n-1]`
    (virtual seconds). `claim` is the token of the worker that computes it, `heartbeat_at` when that worker last
    said that it lives. `series` holds the encoded events of take `series_take`, one a line, compressed by zlib.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lab = models.SlugField()
    world = models.CharField(max_length=10)
    parameters = models.JSONField()
    seed = models.BigIntegerField()
    duration_s = models.FloatField()
    arms = models.JSONField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED)
    message = models.TextField(blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="runs")
    visitor = models.CharField(max_length=43, blank=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="forks")
    forked_at_s = models.FloatField(null=True, blank=True)
    scenario = models.ForeignKey(Scenario, null=True, blank=True, on_delete=models.SET_NULL, related_name="runs")
    take = models.PositiveIntegerField(default=1)
    take_starts = models.JSONField(default=list)
    claim = models.CharField(max_length=32, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    queued_at = models.DateTimeField()
    dispatched_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    summary = models.JSONField(null=True, blank=True)
    series = models.BinaryField(null=True, blank=True)
    series_take = models.PositiveIntegerField(default=0)
    engine = models.CharField(max_length=40, blank=True)
    wire = models.PositiveSmallIntegerField(default=0)
    lines = models.JSONField(null=True, blank=True)

    objects: ClassVar[RunManager] = RunManager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="run_status_known"),
            models.CheckConstraint(condition=Q(world__in=["simulated", "live"]), name="run_world_known"),
            models.CheckConstraint(condition=Q(duration_s__gt=0), name="run_lasts"),
            models.CheckConstraint(condition=Q(take__gte=1), name="run_has_a_take"),
            models.CheckConstraint(condition=Q(series_take__lte=F("take")), name="run_series_of_a_take_it_had"),
            models.CheckConstraint(
                condition=~Q(status="running") | (~Q(claim="") & Q(heartbeat_at__isnull=False)), name="run_running_is_claimed"
            ),
            models.CheckConstraint(
                condition=~Q(status="finished")
                | Q(series__isnull=False, summary__isnull=False, finished_at__isnull=False, series_take=F("take")),
                name="run_finished_has_its_result",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["owner", "-created_at"], name="run_by_owner"),
            models.Index(fields=["visitor", "-created_at"], name="run_by_visitor", condition=~Q(visitor="")),
            models.Index(fields=["status", "queued_at"], name="run_active", condition=Q(status__in=["queued", "running"])),
            models.Index(fields=["lab", "-created_at"], name="run_by_lab"),
        ]

    def __str__(self) -> str:
        return f"{self.lab} {self.id}"

    def get_absolute_url(self) -> str:
        return reverse("labs:run", args=[self.id])

    @property
    def asker(self) -> str:
        """Whom it counts against: the account, else the browser."""
        return asker_name(self.owner_id, self.visitor)


class Change(models.Model):
    """A row of the ledger. An undone one stays, with the take that took it back: the ledger tells the whole story."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="changes")
    index = models.PositiveIntegerField()
    t_s = models.FloatField()
    kind = models.CharField(max_length=3, choices=[("set", "set"), ("do", "do")])
    name = models.CharField(max_length=60)
    value: Any = models.JSONField(null=True, blank=True)
    target = models.CharField(max_length=60, blank=True)
    take = models.PositiveIntegerField()
    removed_in_take = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["run", "index"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["run", "index"], name="change_index_once_per_run"),
            models.CheckConstraint(condition=Q(t_s__gte=0), name="change_not_before_the_run"),
            models.CheckConstraint(condition=Q(kind__in=["set", "do"]), name="change_kind_known"),
            models.CheckConstraint(
                condition=Q(removed_in_take__isnull=True) | Q(removed_in_take__gt=F("take")), name="change_undone_later"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.t_s:g} s: {self.kind} {self.name}"


class RunPrediction(models.Model):
    """What the learner committed to before the run, and how it compared with the first take's measurement."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="predictions")
    question = models.CharField(max_length=60)
    value: Any = models.JSONField()
    measured: Any = models.JSONField(null=True, blank=True)
    score = models.FloatField(null=True, blank=True)
    scored_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["run", "question"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["run", "question"], name="prediction_once_per_question"),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=0, score__lte=1), name="prediction_score_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.question} = {self.value}"
