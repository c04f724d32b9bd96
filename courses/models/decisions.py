"""Decision records, their versions, and the runs on which they rest."""

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse

from courses.models.content import DecisionTemplate


class Status(models.TextChoices):
    PROPOSED = "proposed", "Proposed"
    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Rejected"
    DEPRECATED = "deprecated", "Deprecated"
    SUPERSEDED = "superseded", "Superseded"


class DecisionRecord(models.Model):
    """One decision of one owner. `title` and `body` are the working text; `revision` counts its saves.

    What others see through `share_token` is the latest `DecisionVersion`, never a half-typed sentence.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PROPOSED)
    superseded_by = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="supersedes")
    template = models.ForeignKey(DecisionTemplate, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    body = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=1)
    share_token = models.CharField(max_length=43, null=True, blank=True, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["owner", "number"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "number"], name="decision_number_once_for_an_owner"),
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="decision_status_is_known"),
            models.CheckConstraint(
                condition=models.Q(superseded_by__isnull=True) | models.Q(status=Status.SUPERSEDED),
                name="decision_has_a_successor_only_when_superseded",
            ),
            models.CheckConstraint(
                condition=~models.Q(superseded_by=models.F("id")), name="decision_does_not_supersede_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"ADR {self.number}: {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("courses:decision", args=[self.id])


class DecisionVersion(models.Model):
    """A state of a record that can be read and brought back. Never changed once it is written."""

    record = models.ForeignKey(DecisionRecord, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    status = models.CharField(max_length=12, choices=Status.choices)
    body = models.TextField(blank=True)
    reason = models.CharField(max_length=120, blank=True)
    saved_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["record", "number"], name="decision_version_number_once")]

    def __str__(self) -> str:
        return f"{self.record_id} version {self.number}"


class Evidence(models.Model):
    """A finished run that a record cites, frozen when it was cited: the record still reads when the run is long gone.

    `metrics` holds the run's figures by arm and metric. A condition (`arm`, `metric`, `operator`, `value`) makes it a
    confirmation that can be run again.
    """

    record = models.ForeignKey(DecisionRecord, on_delete=models.CASCADE, related_name="evidence")
    run_id = models.UUIDField()
    lab = models.CharField(max_length=80)
    sentence = models.TextField(blank=True)
    metrics = models.JSONField(default=dict)
    cited_at = models.DateTimeField(auto_now_add=True)
    arm = models.CharField(max_length=80, blank=True)
    metric = models.CharField(max_length=80, blank=True)
    operator = models.CharField(max_length=2, blank=True)
    value = models.FloatField(null=True, blank=True)

    class Meta:
        ordering = ["cited_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["record", "run_id"], name="run_cited_once_in_a_record"),
            models.CheckConstraint(
                condition=models.Q(operator="", value__isnull=True)
                | models.Q(operator__in=["<", "<=", ">", ">="], value__isnull=False),
                name="evidence_condition_is_whole_or_absent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_id} cites {self.run_id}"

    @property
    def has_condition(self) -> bool:
        return bool(self.operator)


class Confirmation(models.Model):
    """A run that was started to see whether the evidence still holds, and what it said."""

    class Verdict(models.TextChoices):
        PENDING = "pending", "Running"
        HOLDS = "holds", "Holds"
        BROKEN = "broken", "No longer holds"
        UNKNOWN = "unknown", "Not measured"

    evidence = models.ForeignKey(Evidence, on_delete=models.CASCADE, related_name="confirmations")
    run_id = models.UUIDField(unique=True)
    verdict = models.CharField(max_length=8, choices=Verdict.choices, default=Verdict.PENDING)
    measured = models.FloatField(null=True, blank=True)
    message = models.CharField(max_length=300, blank=True)
    started_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.verdict}"
