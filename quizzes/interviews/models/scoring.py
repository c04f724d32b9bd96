"""A rubric filled in by one person: by the candidate, a peer or an instructor. Final when it is finished."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from quizzes.clock import ClockNow
from quizzes.interviews.models.round import Round


class Scoring(models.Model):
    """One person's scoring of one round. After `finished_at` the database takes no more items for it.

    `link`: the token of the round's link over which this person came last; who came over one that was taken back stays out.
    """

    class Role(models.TextChoices):
        SELF = "self", "the candidate"
        INSTRUCTOR = "instructor", "an instructor"
        PEER = "peer", "a peer"

    uuid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="scorings")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="interview_scorings")
    role = models.CharField(max_length=10, choices=Role.choices)
    link = models.CharField(max_length=43, blank=True, default="", editable=False)
    started_at = models.DateTimeField(db_default=ClockNow())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["round", "started_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["round", "by"], name="one_scoring_a_round_and_person"),
            models.UniqueConstraint(fields=["round"], condition=Q(role="self"), name="one_self_scoring_a_round"),
            models.CheckConstraint(condition=Q(role__in=["self", "instructor", "peer"]), name="scoring_role_known"),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(finished_at__gte=F("started_at")), name="scoring_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} scored by {self.by_id} ({self.role})"

    @property
    def finished(self) -> bool:
        return self.finished_at is not None


class ScoredItem(models.Model):
    """What was said of one rubric item. Append-only; the highest sequence number counts. `points` empty: none given yet.

    `quotation` stands in the candidate's notes; `aloud`: the evidence was said, not written.
    """

    scoring = models.ForeignKey(Scoring, on_delete=models.CASCADE, related_name="items")
    item = models.CharField(max_length=80)
    client_seq = models.PositiveIntegerField()
    points = models.PositiveSmallIntegerField(null=True)
    quotation = models.TextField(blank=True, default="")
    aloud = models.BooleanField(default=False)
    remark = models.TextField(blank=True, default="")
    received_at = models.DateTimeField(db_default=ClockNow())

    class Meta:
        ordering = ["scoring", "item", "client_seq"]
        constraints = [
            models.UniqueConstraint(fields=["scoring", "item", "client_seq"], name="scored_item_sequence"),
            models.CheckConstraint(condition=Q(client_seq__gte=1), name="scored_item_sequence_from_1"),
            models.CheckConstraint(condition=Q(points__isnull=True) | Q(points__lte=2), name="scored_item_points_0_to_2"),
        ]

    def __str__(self) -> str:
        return f"{self.scoring_id} {self.item}#{self.client_seq}"
