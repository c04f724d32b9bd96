"""What is done with decision exercises: begin one, hand the decision in, give up, rate oneself.

The model decision leaves the server in two ways alone: `ExerciseTaken.compared` for who is signed in, and a text that is
handed in with the very request for visitors, of whom nothing is kept.

ExerciseRefused(Exception)   nothing was done; `lacks` says in words what is missing
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.http import Http404, HttpRequest
from django.utils import timezone

from courses.decisions import decision_start, version_add
from courses.models import DecisionRecord, DecisionTemplate, Exercise, ExerciseTaken
from courses.people import learner_id
from courses.sections import filled, lines_of, unfilled

RATINGS = {"met": "Met", "partly": "Partly", "not-yet": "Not yet"}


class ExerciseRefused(Exception):
    """In words for the learner."""

    def __init__(self, *lacks: str) -> None:
        super().__init__(" ".join(lacks))
        self.lacks = lacks


@dataclass(frozen=True, slots=True)
class Standing:
    """An exercise in the list, and how far its reader is."""

    exercise: Exercise
    taken: ExerciseTaken | None

    @property
    def state(self) -> str:
        if self.taken is None or (self.taken.record_id is None and not self.taken.compared):
            return "not begun"
        if not self.taken.compared:
            return "writing"
        return "model seen" if self.taken.gave_up else "compared"


def access_exercise(request: HttpRequest, slug: str) -> Exercise:
    """The exercise, if whoever asks may read it: unpublished ones are for the admin's people. Raises `Http404`."""
    found = Exercise.objects.defer(*Exercise.SOURCE_FIELDS).filter(slug=slug)
    if not request.user.has_perm("courses.view_exercise"):
        found = found.filter(published=True)
    exercise = found.first()
    if exercise is None:
        raise Http404("There is no such exercise.")
    return exercise


def taken_of(request: HttpRequest, exercise: Exercise) -> ExerciseTaken | None:
    """One's own work on an exercise, and nobody else's."""
    owner = learner_id(request)
    mine = ExerciseTaken.objects.select_related("record", "handed_in").filter(owner_id=owner, exercise=exercise)
    return mine.first() if owner else None


def standings(owner_id: int | None) -> list[Standing]:
    """The published exercises in their order."""
    mine = ExerciseTaken.objects.filter(owner_id=owner_id) if owner_id else ExerciseTaken.objects.none()
    taken = {each.exercise_id: each for each in mine}
    listed = Exercise.objects.filter(published=True).only("slug", "title", "summary", "difficulty", "minutes", "position")
    return [Standing(exercise, taken.get(exercise.pk)) for exercise in listed]


def beginning(exercise: Exercise) -> str:
    """The template with the exercise's context and drivers filled in: what a record starts from."""
    template = template_of(exercise)
    text = template.body if template else "## Context\n\n## Drivers\n\n## Options\n\n## Decision\n\n## Consequences\n"
    drivers = "\n".join(f"{place}. {driver}" for place, driver in enumerate(exercise.drivers, start=1))
    fixed = "\n".join(f"- {constraint}" for constraint in exercise.constraints)
    forces = f"{drivers}\n\nFixed:\n\n{fixed}" if fixed else drivers
    if any(line.heading and line.section == "drivers" for line in lines_of(text)):
        return filled(text, {"context": exercise.context, "drivers": forces})
    return filled(text, {"context": f"{exercise.context.strip()}\n\nWhat counts, the weightiest first:\n\n{forces}"})


def template_of(exercise: Exercise) -> DecisionTemplate | None:
    return DecisionTemplate.objects.filter(slug=exercise.template).first()


def exercise_begin(*, owner_id: int, exercise: Exercise) -> DecisionRecord:
    """The learner's record for this exercise, made when there is none. Raises `DecisionRefused`."""
    with transaction.atomic():
        ExerciseTaken.objects.get_or_create(owner_id=owner_id, exercise=exercise)
        taken = ExerciseTaken.objects.select_for_update().get(owner_id=owner_id, exercise=exercise)
        if taken.record is None:
            body, template = beginning(exercise), template_of(exercise)
            taken.record = decision_start(owner_id=owner_id, title=exercise.title, template=template, body=body)
            taken.save(update_fields=["record"])
        return taken.record


def lacking(exercise: Exercise, text: str) -> list[str]:
    """What a text still lacks before the model may be seen, in words."""
    return [str(each) for each in unfilled(text, beginning(exercise))]


def exercise_hand_in(*, taken: ExerciseTaken) -> ExerciseTaken:
    """Open the model to who has written a decision, which is kept as it is now. Raises `ExerciseRefused`.

    Once the model was seen, nothing is handed in any more.
    """
    with transaction.atomic():
        locked = ExerciseTaken.objects.select_for_update().get(pk=taken.pk)
        record = locked.record and DecisionRecord.objects.select_for_update().filter(pk=locked.record.pk).first()
        if record is None:
            raise ExerciseRefused("There is no record yet: begin one.")
        if lacks := lacking(taken.exercise, record.body):
            raise ExerciseRefused(*lacks)
        if not locked.compared:
            locked.handed_in = version_add(record, "handed in to compare") or record.versions.first()
            locked.compared_at = timezone.now()
            locked.save(update_fields=["handed_in", "compared_at"])
    taken.refresh_from_db()
    return taken


def exercise_give_up(*, owner_id: int, exercise: Exercise) -> ExerciseTaken:
    """Open the model to who has written nothing, or not enough; it is remembered as given up."""
    taken, _ = ExerciseTaken.objects.get_or_create(owner_id=owner_id, exercise=exercise)
    ExerciseTaken.objects.filter(pk=taken.pk, compared_at=None).update(compared_at=timezone.now(), gave_up=True)
    taken.refresh_from_db()
    return taken


def exercise_rate(*, taken: ExerciseTaken, ratings: Mapping[str, str]) -> ExerciseTaken:
    """Keep how the writer sees the own record, point by point. Words and points that do not exist are left out."""
    known = set(points_of(taken.exercise))
    with transaction.atomic():
        locked = ExerciseTaken.objects.select_for_update().get(pk=taken.pk)
        said = {name: rating for name, rating in ratings.items() if name in known and rating in RATINGS}
        kept = {name: rating for name, rating in locked.ratings.items() if name in known}
        locked.ratings = kept | said
        locked.save(update_fields=["ratings"])
    return locked


def points_of(exercise: Exercise) -> Iterable[str]:
    return [str(point["id"]) for point in exercise.points]
