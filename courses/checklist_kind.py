"""Checklists as files: `checklists/*.yaml`."""

from collections.abc import Iterator

from django.db import models
from pydantic import Field

from courses.content_kinds import Part, text_problems
from courses.laboratory import find_lab
from courses.loading.kinds import Entry, Material, Piece, Slug, YamlKind
from courses.loading.source import Problem
from courses.models import Checklist
from courses.plan import planned_lab, planned_lessons
from courses.rendering.inline import inline_document, is_one_line

MAXIMUM_ITEMS = 80


class ItemPart(Part):
    """One thing to check. `id` is its name in what people keep: the words may change, the id never."""

    id: Slug
    text: str = Field(min_length=1, max_length=300)
    why: str = Field(default="", max_length=500)
    lesson: str = ""
    lab: str = ""


class GroupPart(Part):
    title: str = Field(min_length=1, max_length=120)
    items: list[ItemPart] = Field(min_length=1)


class ChecklistEntry(Entry):
    title: str = Field(min_length=1, max_length=120)
    summary: str = Field(max_length=300)
    when: str = Field(max_length=300)
    order: int = Field(default=0, ge=0, le=9999)
    groups: list[GroupPart] = Field(min_length=1)


class ChecklistKind(YamlKind[ChecklistEntry]):
    name = "checklist"
    pattern = "checklists/*.yaml"
    order = 50
    provides = "checklist"
    schema = ChecklistEntry

    @property
    def model(self) -> type[models.Model]:
        return Checklist

    def check(self, piece: Piece[ChecklistEntry], material: Material) -> Iterator[Problem]:
        planned = {lesson.slug for lesson in planned_lessons()}
        seen: set[str] = set()
        for at, item in items_of(piece.entry):
            if item.id in seen:
                yield piece.problem(f"two items are called “{item.id}”", *at, "id")
            seen.add(item.id)
            if item.lesson and not (item.lesson in planned or material.has("lesson", item.lesson)):
                yield piece.problem(f"there is no lesson “{item.lesson}”", *at, "lesson")
            if item.lab and not (find_lab(item.lab) or planned_lab(item.lab)):
                yield piece.problem(f"there is no lab “{item.lab}”", *at, "lab")
            yield from words_problems(piece, item, at, material)
        if len(seen) > MAXIMUM_ITEMS:
            yield piece.problem(f"a list has {MAXIMUM_ITEMS} items at most", "groups")

    def apply(self, entry: ChecklistEntry, row: Checklist | None) -> Checklist:
        found = row or Checklist(slug=entry.slug)
        found.title, found.summary, found.when = entry.title, entry.summary, entry.when
        found.position, found.covers = entry.order, list(entry.covers)
        found.groups = [group.model_dump(mode="json", exclude_defaults=True) for group in entry.groups]
        found.save()
        return found

    def entry_of(self, row: Checklist) -> ChecklistEntry:
        fields = {name: getattr(row, name) for name in ("slug", "covers", "title", "summary", "when", "groups")}
        return ChecklistEntry.model_validate({**fields, "order": row.position})

    def path_for(self, row: Checklist) -> str:
        return f"checklists/{row.slug}.yaml"


def items_of(entry: ChecklistEntry) -> Iterator[tuple[tuple[str | int, ...], ItemPart]]:
    """Each item with its place in the file."""
    for number, group in enumerate(entry.groups):
        for place, item in enumerate(group.items):
            yield ("groups", number, "items", place), item


def words_problems(
    piece: Piece[ChecklistEntry], item: ItemPart, at: tuple[str | int, ...], material: Material
) -> Iterator[Problem]:
    for name in ("text", "why"):
        words = getattr(item, name)
        if words and not is_one_line(words):
            yield piece.problem(f"the {name} must be one paragraph of words", *at, name)
        yield from text_problems(inline_document(words), piece, piece.located.line((*at, name)), material)
