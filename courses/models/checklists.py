"""Checklists that instructors write, and what learners do with them: one list gone through for one design."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Length, Trim
from django.db.models.lookups import Exact, GreaterThan
from django.urls import reverse
from simple_history.models import HistoricalRecords

from courses.models.decisions import DecisionRecord
from courses.models.material import MaterialRow


class Checklist(MaterialRow):
    """`groups` is a list of `title` and `items`; an item has `id`, `text` and, optionally, `why`, `lesson`, `lab`."""

    title = models.CharField(max_length=120)
    summary = models.CharField(max_length=300)
    when = models.CharField(max_length=300, help_text="When to go through it.")
    position = models.PositiveIntegerField("order", default=0, help_text="Place among the lists.")
    groups = models.JSONField(default=list, help_text="Groups of items: the id of an item is its name in what people keep.")
    covers = models.JSONField(default=list, blank=True, help_text="Ids of the coverage map.")

    history = HistoricalRecords(excluded_fields=list(MaterialRow.SOURCE_FIELDS))

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("courses:checklist", args=[self.slug])


class ItemState(models.TextChoices):
    OPEN = "open", "Open"
    DONE = "done", "Done"
    TO_DO = "todo", "To do"
    NOT_NEEDED = "not-needed", "Not needed"


class ChecklistUse(models.Model):
    """One list, gone through by one learner for one design. `revision` counts its saves.

    `states` says by the item's id what was found: `state` and `note`, neither where nothing was said. `seen` keeps by group
    what the list asked when it was last saved, and what it asked once: an item that the list has dropped still reads.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    checklist = models.ForeignKey(Checklist, null=True, on_delete=models.SET_NULL, related_name="uses")
    record = models.ForeignKey(DecisionRecord, null=True, blank=True, on_delete=models.SET_NULL, related_name="checklists")
    title = models.CharField(max_length=120, help_text="The design that it is gone through for.")
    list_title = models.CharField(max_length=120)
    seen = models.JSONField(default=list)
    states = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-changed_at", "pk"]
        indexes = [models.Index(fields=["owner", "-changed_at"], name="checklist_uses_of_an_owner")]
        constraints = [
            models.CheckConstraint(condition=GreaterThan(Length(Trim("title")), 0), name="checklist_use_names_a_design"),
            models.CheckConstraint(
                condition=Exact(models.Func("states", function="jsonb_typeof", output_field=models.TextField()), "object"),
                name="checklist_states_are_by_item",
            ),
            models.CheckConstraint(
                condition=Exact(models.Func("seen", function="jsonb_typeof", output_field=models.TextField()), "array"),
                name="checklist_seen_is_a_list",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.list_title} for {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("courses:checklist_use", args=[self.id])
