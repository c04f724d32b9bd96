"""Prompts as files: `courses/material/interviews/*.yaml`, one a file."""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from courses.loading.kinds import Entry, Material, Piece, YamlKind, register
from courses.loading.source import Problem
from courses.rendering.mermaid import DiagramError, draw
from quizzes.interviews.content import PromptContent
from quizzes.interviews.lab_checks import lab_faults
from quizzes.interviews.models import Prompt

TAKEN = frozenset({"history", "rounds", "scorings", "shared", "to-score", "diagram"})
"""Addresses of other pages under `/interviews/`."""
KEPT_AS_JSON = ("lab", "stages", "change", "rubric", "model_answer")


class PromptEntry(PromptContent, Entry):
    """A prompt's file."""

    published: bool = True

    def columns(self) -> dict[str, Any]:
        """The values of the row's columns."""
        plain = self.model_dump(mode="json", include=set(KEPT_AS_JSON), exclude_defaults=True)
        lists = {name: list(getattr(self, name)) for name in ("covers", "sources", "tags")}
        texts = {name: getattr(self, name) for name in ("title", "summary", "brief", "minutes", "diagram", "published")}
        return texts | lists | plain


class PromptKind(YamlKind[PromptEntry]):
    name: ClassVar[str] = "interviews"
    pattern: ClassVar[str] = "interviews/*.yaml"
    order: ClassVar[int] = 80
    provides: ClassVar[str] = "mock-interview"
    schema = PromptEntry

    @property
    def model(self) -> type[Prompt]:
        return Prompt

    def apply(self, entry: PromptEntry, row: Prompt | None) -> Prompt:
        prompt = row or Prompt(slug=entry.slug)
        for name, value in entry.columns().items():
            setattr(prompt, name, value)
        prompt.full_clean()
        prompt.save()
        return prompt

    def entry_of(self, row: Prompt) -> PromptEntry:
        return PromptEntry.model_validate({name: getattr(row, name) for name in PromptEntry.model_fields})

    def path_for(self, row: Prompt) -> str:
        return f"interviews/{row.slug}.yaml"

    def covers(self, piece: Piece[PromptEntry]) -> Iterable[tuple[str, str]]:
        """What the prompt carries and what its rubric looks for."""
        found = {*piece.entry.covers, *(identity for item in piece.entry.rubric for identity in item.covers)}
        return ((self.provides, identity) for identity in sorted(found))

    def check(self, piece: Piece[PromptEntry], material: Material) -> Iterator[Problem]:
        if piece.entry.slug in TAKEN:
            yield piece.problem(f"“{piece.entry.slug}” is the address of another page: take another slug", "slug")
        for what, place in lab_faults(piece.entry):
            yield piece.problem(what, *place)
        if piece.entry.diagram:
            try:
                draw(piece.entry.diagram, "light")
            except DiagramError as error:
                yield piece.problem(str(error), "diagram")


def register_material() -> None:
    register(PromptKind())
