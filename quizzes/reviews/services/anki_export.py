"""Decks for Anki: the site's flashcards, a person's own, and questions as cards."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import nh3
from django.db.models import QuerySet
from django.template.loader import render_to_string

from courses.models import Lesson
from courses.rendering.markdown_html import TAGS
from quizzes.clock import database_now
from quizzes.models import Question, QuestionVersion
from quizzes.reviews.anki.writing import AnkiNote, guid_of, html_for_anki, package
from quizzes.reviews.models import Flashcard, OwnFlashcard
from quizzes.reviews.services.own_cards import own_cards
from quizzes.reviews.services.queue import Choice, askable, chosen
from quizzes.services.review import EVERYTHING

NOT_ON_PAPER = ("essay", "lab-goal", "hot-spot", "read-the-run")
"""Kinds that need the site: a person's judgement, a lab, a drawing to point at, a run's charts."""
CLEANER = nh3.Cleaner(
    tags=TAGS | {"label"}, attributes={"*": {"class"}}, clean_content_tags={"script", "style", "svg", "button"}
)
ROOT = "Plimsoll"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cards a person wants in the deck."""

    site: bool = True
    own: bool = True
    questions: bool = True
    choice: Choice = field(default_factory=Choice)


@dataclass(frozen=True, slots=True)
class Exported:
    """The package, how many cards are in it, and how many questions cannot be cards."""

    data: bytes
    count: int
    left_out: int


def deck_of(user: Any, wanted: Wanted) -> Exported:
    """A person's deck: the site's cards, their own, and the questions that they have missed."""
    choice, notes = wanted.choice, []
    if wanted.site:
        notes += flashcard_notes(_matching(Flashcard.objects.filter(retired=False), choice))
    if wanted.own and not choice.lesson:
        notes += [_own_note(own) for own in _matching(own_cards(user), choice)]
    left_out = 0
    if wanted.questions and not choice.lesson and not choice.deck:
        mine = chosen(askable(user, database_now()), choice).filter(question__isnull=False)
        made, left_out = question_notes(Question.objects.filter(pk__in=mine.values("question")))
        notes += made
    return _exported(notes, left_out)


def deck_for_instructors(flashcards: QuerySet[Flashcard], questions: QuerySet[Question]) -> Exported:
    """A deck of any of the site's flashcards and questions, with their keys."""
    made, left_out = question_notes(questions)
    return _exported([*flashcard_notes(flashcards), *made], left_out)


def _exported(notes: Sequence[AnkiNote], left_out: int) -> Exported:
    return Exported(package(notes, database_now()), len(notes), left_out)


def _matching(rows: QuerySet[Any], choice: Choice) -> QuerySet[Any]:
    if choice.tag:
        rows = rows.filter(tags__contains=[choice.tag])
    if choice.lesson and rows.model is Flashcard:
        rows = rows.filter(lesson=choice.lesson)
    if choice.deck:
        rows = rows.filter(deck=choice.deck) if rows.model is OwnFlashcard else rows.none()
    return rows


def flashcard_notes(flashcards: Iterable[Flashcard]) -> list[AnkiNote]:
    titles = dict(Lesson.objects.values_list("slug", "title"))
    return [
        AnkiNote(
            guid=guid_of("flashcard", each.slug), deck=f"{ROOT}::{titles.get(each.lesson, 'Flashcards')}",
            front=html_for_anki(each.front), back=html_for_anki(each.back), tags=tuple(each.tags),
        )
        for each in flashcards
    ]  # fmt: skip


def _own_note(own: OwnFlashcard) -> AnkiNote:
    return AnkiNote(
        guid=guid_of("own", str(own.uuid)), deck=f"{ROOT}::{own.deck}", front=html_for_anki(own.front),
        back=html_for_anki(own.back), tags=tuple(own.tags),
    )  # fmt: skip


def question_notes(questions: QuerySet[Question]) -> tuple[list[AnkiNote], int]:
    """Questions with their key and explanation as cards; how many of them cannot be."""
    found = [each.current for each in questions.select_related("current__question") if each.current is not None]
    fit = [version for version in found if version.kind not in NOT_ON_PAPER]
    return [_question_note(version) for version in fit], len(found) - len(fit)


def _question_note(version: QuestionVersion) -> AnkiNote:
    """Drawn by the question's name, so parameters and order are the same in every package."""
    chance = random.Random(f"anki:{version.question.slug}:{version.number}")
    posed = version.posed(version.kind_object.freeze(version.parsed(), chance, shuffle=True))
    asked = {"view": posed.public_view(), "id": "card", "name": "card"}
    key = {"view": dict(posed.review(None)) | {"shows": EVERYTHING}}
    front = html_for_anki(posed.words(version.stem)) + _cleaned(posed.kind.template, asked)
    back = _cleaned(posed.kind.review_template, key) + html_for_anki(posed.words(version.explanation))
    return AnkiNote(
        guid=guid_of("question", version.question.slug), deck=f"{ROOT}::Questions", front=front, back=back,
        tags=tuple(version.tags),
    )  # fmt: skip


def _cleaned(template: str, context: dict[str, Any]) -> str:
    """A template of the site without what only works there: inputs, buttons, drawings."""
    return CLEANER.clean(render_to_string(template, context))
