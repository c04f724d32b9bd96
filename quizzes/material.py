"""Questions and quizzes as files: `courses/material/questions/*.yaml` (many a file) and `courses/material/quizzes/*.yaml`."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Any, ClassVar

from django.db.models import QuerySet
from pydantic import Field, ValidationInfo, field_validator, model_validator

from courses.loading.kinds import Entry, EntryRefused, Material, Piece, Slug, YamlKind, YamlListKind, register
from courses.loading.source import Problem
from courses.rendering.blocks.question import register_question_renderer
from quizzes.errors import QuestionInvalid
from quizzes.inline import inline_questions
from quizzes.kinds import UnknownKind, kind_named
from quizzes.models import Question, QuestionVersion, Quiz
from quizzes.models.quiz import MAX_LIMIT_S
from quizzes.rules import Difficulty, Layout, Mode, OnExpiry, ReviewPolicy, Section, Sections, mode_problems
from quizzes.services.bank import Content, definition_problems, lesson_problem, question_save
from quizzes.services.quizzes import quiz_save

Tag = Slug


class QuestionEntry(Entry):
    """A question of the bank. `definition` is what its kind understands."""

    kind: str
    stem: Annotated[str, Field(min_length=1, max_length=10_000)]
    definition: dict[str, Any]
    hints: tuple[Annotated[str, Field(min_length=1, max_length=2_000)], ...] = ()
    explanation: str = ""
    sources: tuple[str, ...] = ()
    tags: tuple[Tag, ...] = ()
    difficulty: Difficulty = 2
    inline_allowed: bool = False

    @field_validator("stem", "explanation")
    @classmethod
    def _without_blank_ends(cls, text: str) -> str:
        """As a form gives it back, so that saving in the admin without a change is no edit."""
        return text.strip()

    @field_validator("kind")
    @classmethod
    def _known_kind(cls, kind: str) -> str:
        try:
            return kind_named(kind).slug
        except UnknownKind as error:
            raise ValueError(str(error.args[0])) from None

    @field_validator("definition")
    @classmethod
    def _fits_its_kind(cls, definition: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        told = {"kind", "stem"} <= info.data.keys()
        if told and (problems := definition_problems(info.data["kind"], definition, info.data["stem"])):
            raise ValueError("; ".join(problems))
        return definition

    @field_validator("inline_allowed")
    @classmethod
    def _lessons_can_ask_it(cls, inline_allowed: bool, info: ValidationInfo) -> bool:
        if inline_allowed and (problem := lesson_problem(info.data.get("kind", ""))):
            raise ValueError(problem)
        return inline_allowed

    def content(self) -> Content:
        return Content(**{name: getattr(self, name) for name in QuestionVersion.CONTENT})


class QuestionKind(YamlListKind[QuestionEntry]):
    name: ClassVar[str] = "questions"
    pattern: ClassVar[str] = "questions/*.yaml"
    order: ClassVar[int] = 60
    provides: ClassVar[str] = "quiz"
    schema = QuestionEntry

    @property
    def model(self) -> type[Question]:
        return Question

    def rows(self) -> "QuerySet[Question]":
        return Question.objects.select_related("current").order_by("pk")

    def apply(self, entry: QuestionEntry, row: Question | None) -> Question:
        question = row or Question(slug=entry.slug)
        question.inline_allowed = entry.inline_allowed
        try:
            question_save(question, entry.content())
        except QuestionInvalid as error:
            raise EntryRefused(str(error)) from error
        return question

    def entry_of(self, row: Question) -> QuestionEntry:
        if row.current is None:
            raise QuestionInvalid([f"{row.slug} has no version"])
        content = {name: getattr(row.current, name) for name in QuestionVersion.CONTENT}
        return QuestionEntry(slug=row.slug, inline_allowed=row.inline_allowed, **content)

    def path_for(self, row: Question) -> str:
        return "questions/from-the-admin.yaml"


class QuizEntry(Entry):
    """A quiz. The fields are those of `quizzes.models.Quiz`."""

    title: Annotated[str, Field(min_length=1, max_length=160)]
    summary: str = ""
    published: bool = True
    invited_only: bool = False
    mode: Mode = "exam"
    time_limit_s: Annotated[int, Field(ge=10, le=MAX_LIMIT_S)] | None = None
    grace_s: Annotated[int, Field(ge=0, le=300)] = 10
    on_expiry: OnExpiry = "submit"
    attempts_allowed: Annotated[int, Field(ge=1, le=1_000)] | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    shuffle_questions: bool = False
    shuffle_options: bool = True
    layout: Layout = "all"
    one_way: bool = False
    certainty: bool = False
    retry_penalty: Annotated[float, Field(ge=0, le=1)] = 1 / 3
    hint_penalty: Annotated[float, Field(ge=0, le=1)] = 0.1
    pass_mark: Annotated[float, Field(ge=0, le=1)] | None = None
    review: ReviewPolicy = ReviewPolicy()
    sections: Sections

    @field_validator("summary")
    @classmethod
    def _without_blank_ends(cls, text: str) -> str:
        return text.strip()

    @field_validator("opens_at", "closes_at")
    @classmethod
    def _with_a_zone(cls, moment: datetime | None) -> datetime | None:
        if moment is not None and moment.tzinfo is None:
            raise ValueError("give the time zone, such as 2027-01-31T09:00:00Z")
        return moment

    @model_validator(mode="after")
    def _opens_first(self) -> "QuizEntry":
        if self.opens_at and self.closes_at and self.opens_at >= self.closes_at:
            raise ValueError("a quiz opens before it closes")
        return self

    @model_validator(mode="after")
    def _mode_fits(self) -> "QuizEntry":
        problems = mode_problems(self.mode, self.sections, one_way=self.one_way, time_limit_s=self.time_limit_s)
        if problems:
            raise ValueError("; ".join(f"{field}: {words}" for field, words in problems))
        return self

    def columns(self) -> dict[str, Any]:
        """The values of the row's columns."""
        names = [name for name in type(self).model_fields if name != "slug"]
        values = {name: getattr(self, name) for name in names}
        plain = self.model_dump(mode="json", include={"sections", "review"}, exclude_defaults=True)
        return values | {"covers": list(self.covers), "sections": plain["sections"], "review": plain.get("review", {})}


class QuizKind(YamlKind[QuizEntry]):
    name: ClassVar[str] = "quizzes"
    pattern: ClassVar[str] = "quizzes/*.yaml"
    order: ClassVar[int] = 70
    schema = QuizEntry

    @property
    def model(self) -> type[Quiz]:
        return Quiz

    def apply(self, entry: QuizEntry, row: Quiz | None) -> Quiz:
        quiz = row or Quiz(slug=entry.slug)
        for name, value in entry.columns().items():
            setattr(quiz, name, value)
        quiz.full_clean()
        return quiz_save(quiz)

    def entry_of(self, row: Quiz) -> QuizEntry:
        return QuizEntry(**{name: getattr(row, name) for name in QuizEntry.model_fields})

    def path_for(self, row: Quiz) -> str:
        return f"quizzes/{row.slug}.yaml"

    def covers(self, piece: Piece[QuizEntry]) -> Iterable[tuple[str, str]]:
        return (("quiz", identity) for identity in piece.entry.covers)

    def check(self, piece: Piece[QuizEntry], material: Material) -> Iterator[Problem]:
        """Listed questions exist and are told by no lesson, and the bank in the files is large enough for what is picked."""
        bank = [found.entry for found in material.pieces.get("questions", ())]
        told = {entry.slug for entry in bank if entry.inline_allowed}
        for index, section in enumerate(piece.entry.sections):
            for slug in section.questions:
                if not material.has("questions", slug):
                    yield piece.problem(f"there is no question “{slug}”", "sections", index)
                elif slug in told:
                    yield piece.problem(f"lessons may ask “{slug}” and tell the answer: take another", "sections", index)
            offered = [entry for entry in bank if offers(section, entry)]
            if section.pick and len(offered) < section.pick:
                yield piece.problem(f"picks {section.pick} of {len(offered)} questions that fit", "sections", index)


def offers(section: Section, entry: QuestionEntry) -> bool:
    """Whether a section may pick this question."""
    low, high = section.difficulty
    return (
        not entry.inline_allowed
        and set(section.tags) <= set(entry.tags)
        and (not section.kinds or entry.kind in section.kinds)
        and low <= entry.difficulty <= high
    )


def register_material() -> None:
    """Tell `courses` of the bank, the quizzes, and where lessons find questions."""
    register(QuestionKind())
    register(QuizKind())
    register_question_renderer(inline_questions)
