"""Decision exercises that instructors write, and what learners did with them."""

from django.conf import settings
from django.db import models
from django.db.models.lookups import Exact
from django.urls import reverse
from simple_history.models import HistoricalRecords

from courses.models.decisions import DecisionRecord, DecisionVersion, Status
from courses.models.material import MaterialRow


class Exercise(MaterialRow):
    """A situation that asks for a decision, and one that was made well.

    What begins with `answer_`, `points`, and `evidence` stay on the server until a learner has handed in a decision, or
    has given up.
    """

    title = models.CharField(max_length=120)
    summary = models.CharField(max_length=300)
    position = models.PositiveIntegerField("order", default=0, help_text="Place in the list.")
    difficulty = models.PositiveSmallIntegerField(help_text="1 (easy) to 5.")
    minutes = models.PositiveIntegerField(help_text="To write a record.")
    template = models.SlugField(max_length=80, help_text="The template that a learner's record begins with.")
    context = models.TextField(help_text="Markdown without headings: the situation, with its numbers.")
    drivers = models.JSONField(default=list, help_text="What the decision must achieve, the weightiest first.")
    constraints = models.JSONField(default=list, blank=True, help_text="What cannot be changed.")
    options_hint = models.TextField(blank=True, help_text="Markdown, shown on demand: options worth weighing.")
    questions = models.JSONField(default=list, blank=True, help_text="What to ask oneself while writing.")
    lessons = models.JSONField(default=list, blank=True, help_text="Slugs of lessons to have read.")
    answer_title = models.CharField(max_length=200)
    answer_status = models.CharField(max_length=12, choices=Status.choices, default=Status.ACCEPTED)
    answer_body = models.TextField(help_text="Markdown: one complete decision, with its options weighed.")
    points = models.JSONField(default=list, help_text="What a strong record has: id, point, why.")
    evidence = models.JSONField(null=True, blank=True, help_text="A lab that shows it: lab, why [parameters].")
    covers = models.JSONField(default=list, blank=True, help_text="Ids of the coverage map.")
    published = models.BooleanField(default=True)

    history = HistoricalRecords(excluded_fields=list(MaterialRow.SOURCE_FIELDS))

    class Meta:
        ordering = ["position", "slug"]
        constraints = [
            models.CheckConstraint(condition=models.Q(difficulty__range=(1, 5)), name="exercise_difficulty_is_one_to_five"),
            models.CheckConstraint(condition=models.Q(answer_status__in=Status.values), name="exercise_status_is_known"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("courses:exercise", args=[self.slug])


class ExerciseTaken(models.Model):
    """One learner's work on one exercise: the record that answers it, and how it stood beside the model.

    `handed_in` is the record as it was before its writer saw the model; `ratings` are the writer's own, by point.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    exercise = models.ForeignKey(Exercise, on_delete=models.CASCADE, related_name="taken")
    record = models.OneToOneField(
        DecisionRecord, null=True, blank=True, on_delete=models.SET_NULL, related_name="exercise_taken"
    )
    handed_in = models.ForeignKey(DecisionVersion, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    begun_at = models.DateTimeField(auto_now_add=True)
    compared_at = models.DateTimeField(null=True, blank=True)
    gave_up = models.BooleanField(default=False)
    ratings = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "exercise"], name="exercise_taken_once_by_a_learner"),
            models.CheckConstraint(
                condition=models.Q(gave_up=False) | models.Q(compared_at__isnull=False),
                name="exercise_given_up_has_its_time",
            ),
            models.CheckConstraint(
                condition=Exact(models.Func("ratings", function="jsonb_typeof", output_field=models.TextField()), "object"),
                name="exercise_ratings_are_by_point",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exercise_id} by {self.owner_id}"

    @property
    def compared(self) -> bool:
        """Whether its learner has seen the model."""
        return self.compared_at is not None
