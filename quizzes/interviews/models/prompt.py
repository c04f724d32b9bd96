"""The prompt of a mock interview, as instructors write it."""

from django.db import models
from simple_history.models import HistoricalRecords

from courses.models.material import MaterialRow
from quizzes.interviews.content import PromptContent


class Prompt(MaterialRow):
    """A round copies the content at its start, so an edit never moves a running round's goal."""

    title = models.CharField(max_length=160)
    summary = models.TextField(help_text="Markdown, one or two sentences for the list.")
    brief = models.TextField(help_text="Markdown: what the interviewer says at the start. It leaves things open.")
    minutes = models.PositiveSmallIntegerField(help_text="The sum of the stages' minutes.")
    lab = models.JSONField(help_text="slug, parameters, arms, duration_s, why: the running system of the interview.")
    stages = models.JSONField(
        help_text="Requirements, sizing, interface, data, high-level-design, deep-dive, wrap-up; each with minutes, ask, "
        "follow_ups (id, after_s, ask, answer, probes)."
    )
    change = models.JSONField(help_text="stage, after_s, says, knob, times or to, expect: it really happens to the lab.")
    rubric = models.JSONField(help_text="12 to 24 items: id, kind (strong, trap, red, green), levels, stage, text, weight.")
    model_answer = models.JSONField(help_text="By stage, Markdown; shown after the round.")
    diagram = models.TextField(blank=True, default="", help_text="Mermaid: the model answer's high-level design.")
    covers = models.JSONField(default=list, blank=True, help_text="Ids of the coverage map.")
    sources = models.JSONField(default=list, blank=True, help_text="Markdown links.")
    tags = models.JSONField(default=list, blank=True)
    published = models.BooleanField(default=True)
    history = HistoricalRecords(excluded_fields=list(MaterialRow.SOURCE_FIELDS))

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title

    def content(self) -> PromptContent:
        """As checked. Raises pydantic's ValidationError for a row that somebody changed past the forms."""
        return PromptContent.model_validate({name: getattr(self, name) for name in PromptContent.model_fields})
