"""Decision exercises as files: `courses/material/exercises/*.yaml`, one a file."""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from courses.content_kinds import Part, is_there, text_problems
from courses.loading.kinds import Entry, Material, Piece, Slug, YamlKind
from courses.loading.source import Problem
from courses.models import Exercise
from courses.models.decisions import Status
from courses.rendering.blocks import Reference
from courses.rendering.document import learner_document
from labs.experiments import catalogue
from labs.experiments.spec import SpecError
from labs.scenarios import ScenarioDraft, scenario_checked

StatusWord = Literal["proposed", "accepted", "rejected", "deprecated", "superseded"]


class ModelPart(Part):
    """One complete decision. It is one that can be defended; there are others."""

    title: str = Field(max_length=200)
    status: StatusWord = "accepted"
    body: str = Field(min_length=1, max_length=20_000)


class PointPart(Part):
    """Something that a strong record has. Learners rate themselves by it; the id is its name in what they keep."""

    id: Slug
    point: str = Field(min_length=1, max_length=300)
    why: str = Field(min_length=1, max_length=600)


class LabPart(Part):
    """A lab whose runs a record may cite as evidence, opened with these knobs."""

    slug: Slug
    parameters: dict[str, bool | int | float | str] = {}
    why: str = Field(min_length=1, max_length=300)


class ExerciseEntry(Entry):
    title: str = Field(max_length=120)
    summary: str = Field(max_length=300)
    order: int = Field(default=0, ge=0, le=9999)
    difficulty: int = Field(ge=1, le=5)
    minutes: int = Field(ge=5, le=240)
    template: Slug
    lessons: list[Slug] = []
    context: str = Field(min_length=1, max_length=6_000)
    drivers: list[str] = Field(min_length=2, max_length=10)
    constraints: list[str] = Field(default=[], max_length=10)
    options_hint: str = Field(default="", max_length=3_000)
    questions: list[str] = Field(default=[], max_length=12)
    lab: LabPart | None = None
    model: ModelPart
    compare: list[PointPart] = Field(min_length=4, max_length=8)
    published: bool = True


class ExerciseKind(YamlKind[ExerciseEntry]):
    name = "exercise"
    pattern = "exercises/*.yaml"
    order = 45
    provides = "adr"
    schema = ExerciseEntry

    @property
    def model(self) -> type[Exercise]:
        return Exercise

    def check(self, piece: Piece[ExerciseEntry], material: Material) -> Iterator[Problem]:
        entry = piece.entry
        for name, text in (("context", entry.context), ("options_hint", entry.options_hint)):
            if learner_document(text).headings:
                yield piece.problem("it stands inside a record's section: leave headings out", name)
            yield from problems_of(text, piece, material, name)
        yield from problems_of(entry.model.body, piece, material, "model", "body")
        ids = [point.id for point in entry.compare]
        for index, name in enumerate(ids):
            if name in ids[:index]:
                yield piece.problem(f"two points are called “{name}”", "compare", index, "id")
        yield from self.links(piece, material)

    def links(self, piece: Piece[ExerciseEntry], material: Material) -> Iterator[Problem]:
        entry = piece.entry
        if not material.has("decision-template", entry.template):
            yield piece.problem(f"there is no template for decisions “{entry.template}”", "template")
        for index, slug in enumerate(entry.lessons):
            yield from link_problem(Reference("lesson", slug, 0), piece, material, "lessons", index)
        if entry.lab and entry.lab.slug not in catalogue.experiments():
            yield piece.problem(f"there is no lab “{entry.lab.slug}”", "lab", "slug")
        elif entry.lab:
            try:
                scenario_checked(knobs_only(entry.lab))
            except SpecError as error:
                yield piece.problem("; ".join(error.errors.values()), "lab", "parameters")

    def apply(self, entry: ExerciseEntry, row: Exercise | None) -> Exercise:
        exercise = row or Exercise(slug=entry.slug)
        for name in ("title", "summary", "difficulty", "minutes", "template", "context", "options_hint", "published"):
            setattr(exercise, name, getattr(entry, name))
        for name in ("drivers", "constraints", "questions", "lessons", "covers"):
            setattr(exercise, name, list(getattr(entry, name)))
        exercise.position = entry.order
        exercise.answer_title, exercise.answer_status = entry.model.title, Status(entry.model.status)
        exercise.answer_body = entry.model.body
        exercise.points = [point.model_dump(mode="json") for point in entry.compare]
        exercise.evidence = entry.lab.model_dump(mode="json", exclude_defaults=True) if entry.lab else None
        exercise.save()
        return exercise

    def entry_of(self, row: Exercise) -> ExerciseEntry:
        same = ("slug", "covers", "title", "summary", "difficulty", "minutes", "template", "lessons", "drivers", "published")
        values: dict[str, Any] = {name: getattr(row, name) for name in (*same, "constraints", "questions")}
        texts = {name: getattr(row, name).replace("\r\n", "\n") for name in ("context", "options_hint", "answer_body")}
        model = {"title": row.answer_title, "status": row.answer_status, "body": texts.pop("answer_body")}
        more = {"order": row.position, "lab": row.evidence, "model": model, "compare": row.points}
        return ExerciseEntry.model_validate({**values, **texts, **more})

    def path_for(self, row: Exercise) -> str:
        return f"exercises/{row.slug}.yaml"


def knobs_only(part: LabPart) -> ScenarioDraft:
    """A lab with some knobs set and all else as it comes."""
    rest: dict[str, Any] = {"world": "simulated", "arms": [], "duration_s": None, "seed": None, "open_control": "", "goals": []}
    return ScenarioDraft(lab=part.slug, parameters=dict(part.parameters), **rest)


def problems_of(text: str, piece: Piece[Any], material: Material, *place: str) -> Iterator[Problem]:
    """What is wrong in a text that stands in a field, at the field's lines."""
    yield from text_problems(learner_document(text), piece, piece.located.line(place) + 1, material)


def link_problem(link: Reference, piece: Piece[Any], material: Material, *place: str | int) -> Iterator[Problem]:
    if not is_there(link, material):
        yield piece.problem(f"there is no {link.kind} “{link.slug}”", *place)
