"""A course as its map shows it: modules, lessons, what is read, where to go on."""

from collections import defaultdict
from dataclasses import dataclass

from courses.models import Course, Lesson, LessonProgress, Module


@dataclass(frozen=True, slots=True)
class Stop:
    """A lesson on the map."""

    slug: str
    title: str
    summary: str
    minutes: int
    read: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """A module on the map."""

    module: Module
    number: int
    stops: tuple[Stop, ...]

    @property
    def read(self) -> int:
        return sum(stop.read for stop in self.stops)


@dataclass(frozen=True, slots=True)
class Map:
    stretches: tuple[Stretch, ...]

    @property
    def stops(self) -> list[Stop]:
        return [stop for stretch in self.stretches for stop in stretch.stops]

    @property
    def read(self) -> int:
        return sum(stop.read for stop in self.stops)

    @property
    def next(self) -> Stop | None:
        """Where to go on: the first lesson that is not read."""
        return next((stop for stop in self.stops if not stop.read), None)


def course_map(course: Course, learner_id: int | None) -> Map:
    """Three queries, two for visitors."""
    lessons = Lesson.objects.filter(module__course=course, published=True)
    done = (
        set(LessonProgress.objects.filter(learner_id=learner_id).values_list("lesson_id", flat=True)) if learner_id else set()
    )
    stops: dict[int, list[Stop]] = defaultdict(list)
    for lesson in lessons.only("slug", "title", "summary", "words", "reading_minutes", "module_id", "position"):
        stop = Stop(lesson.slug, lesson.title, lesson.summary, lesson.minutes, lesson.pk in done)
        stops[lesson.module_id].append(stop)
    return Map(
        tuple(Stretch(module, number, tuple(stops[module.pk])) for number, module in enumerate(course.modules.all(), start=1))
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a lesson stands in its course."""

    number: int
    total: int
    before: tuple[str, str] | None
    after: tuple[str, str] | None


def place_of(lesson: Lesson) -> Place:
    """One query."""
    found = Lesson.objects.filter(module__course_id=lesson.module.course_id, published=True)
    ordered = list(found.order_by("module__position", "position", "pk").values_list("slug", "title"))
    at = next((index for index, (slug, _) in enumerate(ordered) if slug == lesson.slug), -1)
    if at < 0:
        return Place(0, len(ordered), None, None)
    return Place(at + 1, len(ordered), ordered[at - 1] if at else None, ordered[at + 1] if at + 1 < len(ordered) else None)
