"""What an account keeps: lessons read, and private notes."""

from django.conf import settings
from django.db import models

from courses.models.content import Lesson


class LessonProgress(models.Model):
    """A row means: this learner has read this lesson."""

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="+")
    read_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["learner", "lesson"], name="lesson_read_once_by_a_learner")]

    def __str__(self) -> str:
        return f"{self.lesson_id} read by {self.learner_id}"


class LessonNote(models.Model):
    """A learner's own words beside a lesson. `revision` counts saves, so that two tabs cannot overwrite each other unseen."""

    learner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="+")
    text = models.TextField(blank=True)
    revision = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["learner", "lesson"], name="one_note_a_lesson_and_learner")]

    def __str__(self) -> str:
        return f"note of {self.learner_id} on {self.lesson_id}"
