"""What instructors write: courses of modules of lessons, and templates for decision records."""

from django.db import models
from django.urls import reverse
from simple_history.models import HistoricalRecords

from courses.models.material import MaterialRow


class Course(MaterialRow):
    title = models.CharField(max_length=120)
    summary = models.CharField(max_length=300, blank=True)
    body = models.TextField("introduction", blank=True, help_text="Markdown, shown above the map.")

    history = HistoricalRecords(excluded_fields=list(MaterialRow.SOURCE_FIELDS))

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("courses:course", args=[self.slug])


class Module(models.Model):
    """A part of a course. It has no file of its own: it is written in its course's."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="modules")
    slug = models.SlugField(max_length=80)
    title = models.CharField(max_length=120)
    summary = models.CharField(max_length=300, blank=True)
    position = models.PositiveIntegerField()
    quiz = models.SlugField(max_length=80, blank=True, help_text="The timed quiz at the end of this module.")

    history = HistoricalRecords()

    class Meta:
        ordering = ["course", "position"]
        constraints = [models.UniqueConstraint(fields=["course", "slug"], name="module_slug_once_in_its_course")]

    def __str__(self) -> str:
        return self.title


class Lesson(MaterialRow):
    """A page to read. `html`, `contents`, `text`, `words` are made from `body`; `html_key` says from which and by what."""

    module = models.ForeignKey(Module, on_delete=models.PROTECT, related_name="lessons")
    position = models.PositiveIntegerField("order", help_text="Place in its module.")
    title = models.CharField(max_length=120)
    summary = models.CharField(max_length=300)
    body = models.TextField(help_text="Markdown with blocks: lab, question, code, prediction, decision, mermaid, calculator.")
    reading_minutes = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: counted from the words.")
    quiz = models.SlugField(max_length=80, blank=True, help_text="The quiz that follows this lesson.")
    covers = models.JSONField(default=list, blank=True, help_text="Ids of the coverage map.")
    sources = models.JSONField(default=list, blank=True, help_text="What the lesson rests on: title, author, year, url.")
    published = models.BooleanField(default=True)

    html = models.TextField(editable=False, default="")
    html_key = models.CharField(max_length=64, editable=False, default="")
    contents = models.JSONField(editable=False, default=list)
    text = models.TextField(editable=False, default="")
    words = models.PositiveIntegerField(editable=False, default=0)

    MADE_FIELDS = ("html", "html_key", "contents", "text", "words")

    history = HistoricalRecords(excluded_fields=[*MaterialRow.SOURCE_FIELDS, *MADE_FIELDS])

    class Meta:
        ordering = ["module__course", "module__position", "position", "pk"]
        indexes = [models.Index(fields=["module", "position"])]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("courses:lesson", args=[self.slug])

    @property
    def minutes(self) -> int:
        """Reading time; where nobody set it, at 200 words a minute, slow enough for text with code in it."""
        return self.reading_minutes or max(1, round(self.words / 200))


class DecisionTemplate(MaterialRow):
    """The skeleton with which a decision record begins."""

    title = models.CharField(max_length=120)
    summary = models.CharField(max_length=300)
    body = models.TextField(help_text="Markdown with the sections that a record shall have.")
    sections = models.JSONField(default=list, blank=True, help_text="Sections that may not be missing; empty: the usual six.")
    covers = models.JSONField(default=list, blank=True, help_text="Ids of the coverage map.")
    position = models.PositiveIntegerField(default=0)

    history = HistoricalRecords(excluded_fields=list(MaterialRow.SOURCE_FIELDS))

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.title
