"""Flashcards as files: `courses/material/flashcards/*.yaml`, a list in each file."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from pydantic import Field, field_validator

from courses.content_kinds import text_problems
from courses.loading.kinds import Entry, Material, Piece, Slug, YamlListKind, register
from courses.loading.source import Problem
from courses.plan import planned_lessons
from courses.rendering.document import learner_document
from quizzes.reviews.models import Flashcard

Side = Annotated[str, Field(min_length=1, max_length=10_000)]


class FlashcardEntry(Entry):
    """A flashcard of the site. The fields are those of `quizzes.reviews.models.Flashcard`."""

    front: Side
    back: Side
    lesson: Slug | Annotated[str, Field(max_length=0)] = ""
    tags: tuple[Slug, ...] = ()
    retired: bool = False

    @field_validator("front", "back")
    @classmethod
    def _without_blank_ends(cls, text: str) -> str:
        """As a form gives it back, so that saving in the admin without a change is no edit."""
        if not text.strip():
            raise ValueError("a card has words on both sides")
        return text.strip()


class FlashcardKind(YamlListKind[FlashcardEntry]):
    name: ClassVar[str] = "flashcards"
    pattern: ClassVar[str] = "flashcards/*.yaml"
    order: ClassVar[int] = 80
    provides: ClassVar[str] = "flashcard"
    schema = FlashcardEntry

    @property
    def model(self) -> type[Flashcard]:
        return Flashcard

    def check(self, piece: Piece[FlashcardEntry], material: Material) -> Iterator[Problem]:
        """The lesson is there or planned, and both sides can be shown."""
        entry = piece.entry
        planned = {lesson.slug for lesson in planned_lessons()}
        if entry.lesson and entry.lesson not in planned and not material.has("lesson", entry.lesson):
            yield piece.problem(f"there is no lesson “{entry.lesson}”", "lesson")
        for side in ("front", "back"):
            line = piece.located.line((*piece.prefix, side))
            yield from text_problems(learner_document(getattr(entry, side)), piece, line, material)

    def apply(self, entry: FlashcardEntry, row: Flashcard | None) -> Flashcard:
        flashcard = row or Flashcard(slug=entry.slug)
        for name in ("front", "back", "lesson", "retired"):
            setattr(flashcard, name, getattr(entry, name))
        flashcard.tags, flashcard.covers = list(entry.tags), list(entry.covers)
        flashcard.save()
        return flashcard

    def entry_of(self, row: Flashcard) -> FlashcardEntry:
        values: dict[str, Any] = {name: getattr(row, name) for name in FlashcardEntry.model_fields}
        return FlashcardEntry(**values)

    def path_for(self, row: Flashcard) -> str:
        return "flashcards/from-the-admin.yaml"


def register_material() -> None:
    register(FlashcardKind())
