"""The kinds of material that this application keeps: courses, lessons, decision templates, and the labs' scenarios."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, ClassVar

from django.db import models
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from courses.lessons import store_rendering
from courses.loading.kinds import Entry, MarkdownKind, Material, Piece, Slug, TextEntry, YamlKind
from courses.loading.source import Problem
from courses.models import Course, DecisionTemplate, Lesson, Module
from courses.models.scenarios import ScenarioSource
from courses.plan import planned_lessons
from courses.rendering.blocks import Reference
from courses.rendering.document import Document, author_document, learner_document
from courses.search import index_everything
from labs.experiments import catalogue
from labs.experiments.spec import SpecError
from labs.models import Scenario
from labs.scenarios import ScenarioDraft, scenario_checked


class Part(BaseModel):
    """A part of an entry; unknown names are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ModulePart(Part):
    slug: Slug
    title: str = Field(max_length=120)
    summary: str = Field(default="", max_length=300)
    quiz: str = ""


class CourseEntry(Entry):
    title: str = Field(max_length=120)
    summary: str = Field(default="", max_length=300)
    body: str = ""
    modules: list[ModulePart] = Field(min_length=1)


class CourseKind(YamlKind[CourseEntry]):
    name = "course"
    pattern = "course*.yaml"
    order = 10
    schema = CourseEntry

    @property
    def model(self) -> type[models.Model]:
        return Course

    def check(self, piece: Piece[CourseEntry], material: Material) -> Iterator[Problem]:
        seen: set[str] = set()
        for index, module in enumerate(piece.entry.modules):
            if module.slug in seen:
                yield piece.problem(f"two modules are called “{module.slug}”", "modules", index, "slug")
            seen.add(module.slug)
            if module.quiz and not material.has("quizzes", module.quiz):
                yield piece.problem(f"there is no quiz “{module.quiz}”", "modules", index, "quiz")
        yield from text_problems(author_document(piece.entry.body), piece, piece.located.line(("body",)) + 1, material)

    def apply(self, entry: CourseEntry, row: Course | None) -> Course:
        course = row or Course(slug=entry.slug)
        course.title, course.summary, course.body = entry.title, entry.summary, entry.body
        course.save()
        for position, part in enumerate(entry.modules, start=1):
            values = {"title": part.title, "summary": part.summary, "quiz": part.quiz, "position": position}
            Module.objects.update_or_create(course=course, slug=part.slug, defaults=values)
        gone = course.modules.exclude(slug__in=[part.slug for part in entry.modules])
        gone.filter(lessons__isnull=True).delete()
        return course

    def entry_of(self, row: Course) -> CourseEntry:
        names = ("slug", "title", "summary", "quiz")
        parts = [ModulePart(**{name: getattr(each, name) for name in names}) for each in row.modules.all()]
        return CourseEntry(slug=row.slug, title=row.title, summary=row.summary, body=row.body, modules=parts)

    def path_for(self, row: Course) -> str:
        return f"course-{row.slug}.yaml"


class SourcePart(Part):
    """What a lesson rests on."""

    title: str
    author: str = ""
    year: int | None = None
    url: str = Field(default="", pattern=r"^(https?://\S+)?$")


class LessonEntry(TextEntry):
    """`order` is the lesson's place in its module; `minutes` goes over the reading time counted from its words."""

    title: str = Field(max_length=120)
    module: Slug
    order: int = Field(ge=1, le=999)
    summary: str = Field(max_length=300)
    minutes: int | None = Field(default=None, ge=1, le=240)
    quiz: str = ""
    sources: list[SourcePart] = []
    published: bool = True


class LessonKind(MarkdownKind[LessonEntry]):
    name = "lesson"
    pattern = "lessons/*.md"
    order = 30
    provides = "lesson"
    schema = LessonEntry

    @property
    def model(self) -> type[models.Model]:
        return Lesson

    def check(self, piece: Piece[LessonEntry], material: Material) -> Iterator[Problem]:
        entry = piece.entry
        modules = {part.slug for course in material.pieces.get("course", ()) for part in course.entry.modules}
        if entry.module not in modules:
            yield piece.problem(f"there is no module “{entry.module}”: {', '.join(sorted(modules))}", "module")
        if entry.quiz and not material.has("quizzes", entry.quiz):
            yield piece.problem(f"there is no quiz “{entry.quiz}”", "quiz")
        if not entry.body.strip():
            yield piece.problem("the lesson has no text")
        yield from text_problems(author_document(entry.body), piece, entry.body_line, material)

    def covers(self, piece: Piece[LessonEntry]) -> Iterator[tuple[str, str]]:
        yield from super().covers(piece)
        yield from author_document(piece.entry.body).covers

    def apply(self, entry: LessonEntry, row: Lesson | None) -> Lesson:
        lesson = row or Lesson(slug=entry.slug)
        lesson.module = Module.objects.get(slug=entry.module)
        lesson.position, lesson.title, lesson.summary = entry.order, entry.title, entry.summary
        lesson.body, lesson.quiz, lesson.published = entry.body, entry.quiz, entry.published
        lesson.reading_minutes = entry.minutes
        lesson.covers = list(entry.covers)
        lesson.sources = [part.model_dump(mode="json", exclude_defaults=True) for part in entry.sources]
        lesson.save()
        store_rendering(lesson)
        return lesson

    def rows(self) -> Iterable[Any]:
        return Lesson.objects.select_related("module").defer("html", "contents", "text").order_by("pk")

    def entry_of(self, row: Lesson) -> LessonEntry:
        return LessonEntry.model_validate(
            {
                "slug": row.slug,
                "covers": row.covers,
                "title": row.title,
                "module": row.module.slug,
                "order": row.position,
                "summary": row.summary,
                "minutes": row.reading_minutes,
                "quiz": row.quiz,
                "sources": row.sources,
                "published": row.published,
                "body": row.body.replace("\r\n", "\n").strip("\n"),
            }
        )

    def path_for(self, row: Lesson) -> str:
        return f"lessons/{row.module.position}{row.position:02}-{row.slug}.md"

    def loaded(self) -> None:
        index_everything()


class TemplateEntry(TextEntry):
    title: str = Field(max_length=120)
    summary: str = Field(max_length=300)
    order: int = Field(default=0, ge=0)
    sections: tuple[str, ...] = Field(default=(), max_length=20)


SECTIONS = ("Context", "Drivers", "Options", "Decision", "Consequences", "Confirmation")
"""What a template has unless it names its own: formats that others defined have other sections."""
AT_LEAST = ("decision", "consequences")
"""Without these, no text records a decision, whatever its format."""


class TemplateKind(MarkdownKind[TemplateEntry]):
    name = "decision-template"
    pattern = "decision-templates/*.md"
    order = 40
    provides = "adr"
    schema = TemplateEntry

    @property
    def model(self) -> type[models.Model]:
        return DecisionTemplate

    def check(self, piece: Piece[TemplateEntry], material: Material) -> Iterator[Problem]:
        made = learner_document(piece.entry.body)
        titles = [heading.title.lower() for heading in made.headings]
        named = piece.entry.sections
        for section in (*named, *AT_LEAST) if named else SECTIONS:
            if not any(section.lower() in title for title in titles):
                where = piece.located.path, piece.entry.body_line
                yield Problem(*where, f"the section “{section}” is missing")
        yield from text_problems(made, piece, piece.entry.body_line, material)

    def apply(self, entry: TemplateEntry, row: DecisionTemplate | None) -> DecisionTemplate:
        template = row or DecisionTemplate(slug=entry.slug)
        template.title, template.summary, template.position = entry.title, entry.summary, entry.order
        template.body, template.covers, template.sections = entry.body, list(entry.covers), list(entry.sections)
        template.save()
        return template

    def entry_of(self, row: DecisionTemplate) -> TemplateEntry:
        return TemplateEntry(
            slug=row.slug,
            covers=tuple(row.covers),
            title=row.title,
            summary=row.summary,
            order=row.position,
            sections=tuple(row.sections),
            body=row.body.replace("\r\n", "\n").strip("\n"),
        )

    def path_for(self, row: DecisionTemplate) -> str:
        return f"decision-templates/{row.slug}.md"


class ConditionPart(Part):
    subject: str
    name: str
    arm: str = ""
    operator: str = ">="
    value: float | str = 0.0
    than_arm: str = ""
    factor: float = 1.0
    for_s: float = 0.0


class GoalPart(Part):
    id: Slug
    text: str
    conditions: list[ConditionPart] = Field(min_length=1)
    in_order: bool = False


def goals_as_kept(goals: Iterable[GoalPart]) -> list[dict[str, Any]]:
    """Goals as the laboratory's rows keep them, whoever wrote them."""
    return [goal.model_dump(mode="json") for goal in goals]


class ScenarioEntry(TextEntry):
    """A lab set up by an instructor; the text below it says what to try."""

    slug: Annotated[Slug, StringConstraints(max_length=50)]
    title: str = Field(max_length=120)
    lab: Slug
    parameters: dict[str, bool | int | float | str] = {}
    world: str = "simulated"
    arms: list[str] = []
    duration_s: float | None = None
    seed: int | None = None
    open_control: str = ""
    goals: list[GoalPart] = []
    order: int = Field(default=0, ge=0)
    published: bool = True


class ScenarioKind(MarkdownKind[ScenarioEntry]):
    """The rows are the laboratory's and know nothing of files, so a row of ours beside each remembers its file."""

    name = "scenario"
    pattern = "scenarios/*.md"
    order = 20
    provides = "lab"
    schema = ScenarioEntry
    FIELDS: ClassVar = ("title", "lab", "parameters", "world", "arms", "duration_s", "seed", "open_control", "published")

    @property
    def model(self) -> type[models.Model]:
        return Scenario

    def check(self, piece: Piece[ScenarioEntry], material: Material) -> Iterator[Problem]:
        entry = piece.entry
        names = ("lab", "parameters", "world", "arms", "duration_s", "seed", "open_control")
        goals = [goal.model_dump(mode="json", exclude_unset=True) for goal in entry.goals]
        try:
            scenario_checked(ScenarioDraft(**{name: getattr(entry, name) for name in names}, goals=goals))
        except SpecError as error:
            for field, message in error.errors.items():
                steps = [int(step) if step.isdigit() else step for step in field.split(".")]
                yield piece.problem(f"{field}: {message}", *steps)
        yield from text_problems(learner_document(entry.body), piece, entry.body_line, material)

    def apply(self, entry: ScenarioEntry, row: Scenario | None) -> Scenario:
        scenario = row or Scenario(slug=entry.slug)
        for name in self.FIELDS:
            setattr(scenario, name, getattr(entry, name))
        scenario.text, scenario.position = entry.body, entry.order
        scenario.goals = goals_as_kept(entry.goals)
        scenario.save()
        self.remember(scenario, covers=list(entry.covers))
        return scenario

    def entry_of(self, row: Scenario) -> ScenarioEntry:
        values = {name: getattr(row, name) for name in self.FIELDS}
        text = row.text.replace("\r\n", "\n").strip("\n")
        covers = self.source(row).covers
        return ScenarioEntry.model_validate(
            {**values, "slug": row.slug, "covers": covers, "goals": row.goals, "order": row.position, "body": text}
        )

    def rows(self) -> Iterable[Scenario]:
        return Scenario.objects.select_related("source").order_by("pk")

    def source(self, row: Scenario) -> ScenarioSource:
        return getattr(row, "source", None) or ScenarioSource(scenario=row)

    def remember(self, row: Scenario, **fields: Any) -> None:
        kept, _ = ScenarioSource.objects.update_or_create(scenario=row, defaults=fields)
        kept.scenario = row  # so the row forgets what it knew of its source before

    def path_for(self, row: Scenario) -> str:
        return f"scenarios/{row.slug}.md"


def text_problems(made: Document, piece: Piece[Any], first_line: int, material: Material) -> Iterator[Problem]:
    """What is wrong in a text: its blocks, and pages that it points at and that are not there."""
    yield from made.problems(piece.path, first_line)
    for reference in made.references:
        if not is_there(reference, material):
            word = WORDS.get(reference.kind, reference.kind)
            yield Problem(piece.path, first_line + reference.line - 1, f"there is no {word} “{reference.slug}”")


WORDS = {"questions": "question", "quizzes": "quiz", "decision-template": "template for decisions"}


def is_there(reference: Reference, material: Material) -> bool:
    """Labs are code; a lesson may point at one that is planned and not written yet."""
    if reference.kind == "lab":
        return reference.slug in catalogue.experiments()
    if reference.kind == "lesson" and any(lesson.slug == reference.slug for lesson in planned_lessons()):
        return True
    return material.has(reference.kind, reference.slug)


KINDS: Iterable[Any] = (CourseKind(), ScenarioKind(), LessonKind(), TemplateKind())
