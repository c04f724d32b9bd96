"""What an import would do, question by question, and the import itself: one transaction, or nothing.

A plan is computed anew from the text each time; nothing is kept between the preview and the import. `Plan.seen` tells whether
text and bank are still as the preview showed them.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError

from quizzes.errors import QuestionInvalid, QuestionMoved
from quizzes.interchange.formats import Format
from quizzes.interchange.marked import MARKDOWN
from quizzes.interchange.merge import merged, said_by
from quizzes.interchange.naming import folded, prefix_of, slug_of
from quizzes.interchange.records import MAX_QUESTIONS, Notes, Problem, Record, Unreadable
from quizzes.interchange.tags import tag_name
from quizzes.kinds import kind_named
from quizzes.models import Question, QuestionVersion
from quizzes.services.bank import Content, definition_problems, questions_save, says

NEW, CHANGED, SAME, ERROR = "new", "changed", "same", "error"
STATES = (NEW, CHANGED, SAME, ERROR)
DOUBTFUL = (
    "the bank's question of this name has another text and other answers: if this one is not meant to take its place, give it "
    "another title, or a prefix to all"
)


class ImportRefused(Exception):
    """Nothing was written; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What an import does with all questions. `difficulty` is for those of which the file says none and the bank knows none."""

    tags: tuple[str, ...] = ()
    difficulty: int | None = None
    prefix: str = ""
    unmarked: str = MARKDOWN

    @classmethod
    def of(cls, tags: Collection[str], difficulty: int | None, prefix: str, unmarked: str) -> "Wishes":
        """From what a person typed."""
        names = dict.fromkeys(tag_name(tag) for tag in tags)
        return cls(tuple(name for name in names if name), difficulty, prefix_of(prefix), unmarked)


@dataclass(frozen=True, slots=True)
class Row:
    """One question of the file. `number` counts from 1 in the file; `changes` name the fields that differ from the bank's.

    `doubtful`: known again by its title alone, and nothing else is alike, so it may well be another question.
    """

    number: int
    line: int
    state: str
    slug: str = ""
    title: str = ""
    content: Content | None = None
    record: Record | None = None
    question: Question | None = None
    notices: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    doubtful: bool = False

    @property
    def kind_label(self) -> str:
        return str(kind_named(self.content.kind).label) if self.content else ""

    @property
    def takes(self) -> bool:
        """Whether it is there to be imported at all."""
        return self.state in (NEW, CHANGED)


@dataclass(frozen=True, slots=True)
class Plan:
    rows: tuple[Row, ...]
    notices: tuple[str, ...] = ()
    seen: str = field(default="")

    @property
    def counts(self) -> dict[str, int]:
        return {state: sum(row.state == state for row in self.rows) for state in STATES}

    @property
    def takes(self) -> int:
        return sum(row.takes for row in self.rows)


def plan(text: str, form: Format, wishes: Wishes) -> Plan:
    """Raises `ImportRefused` for more questions than one import may have."""
    reading = form.read(text, wishes.unmarked)
    if len(reading.items) > MAX_QUESTIONS:
        raise ImportRefused(
            f"The file has {len(reading.items):,} questions; at most {MAX_QUESTIONS:,} can be imported at once. Split it."
        )
    slugs = _slugs(reading.items, wishes.prefix)
    bank = _bank(slug for slug in slugs if slug)
    rows = tuple(
        _row(number, item, slug, bank.get(slug), form, wishes)
        for number, (item, slug) in enumerate(zip(reading.items, slugs, strict=True), start=1)
    )
    rows = tuple(_without_doubles(rows))
    return Plan(rows, reading.notices, _seen(rows))


def _slugs(items: Sequence[Record | Problem], prefix: str) -> list[str]:
    """The slug of each record; empty for a problem."""
    names = [item.name for item in items if isinstance(item, Record)]
    taken = set(Question.objects.filter(slug__in=names).values_list("slug", flat=True))
    nameless = [item.stem for item in items if isinstance(item, Record) and not (item.name or item.title)]
    known = _slugs_by_stem(nameless)
    return [slug_of(item, prefix, known, taken) if isinstance(item, Record) else "" for item in items]


def _slugs_by_stem(stems: Sequence[str]) -> dict[str, str]:
    """Slugs of the bank by the text of their question, for these texts; line ends and blanks make no difference."""
    wanted = {folded(stem) for stem in stems}
    found: dict[str, list[str]] = {}
    for stem, slug in Question.objects.filter(current__isnull=False).values_list("current__stem", "slug") if wanted else ():
        if folded(stem) in wanted:
            found.setdefault(folded(stem), []).append(slug)
    return {stem: slugs[0] for stem, slugs in found.items() if len(slugs) == 1}


def _bank(slugs: Iterable[str]) -> dict[str, Question]:
    rows = Question.objects.select_related("current").filter(slug__in=list(slugs))
    return {row.slug: row for row in rows}


def _row(number: int, item: Record | Problem, slug: str, known: Question | None, form: Format, wishes: Wishes) -> Row:
    if isinstance(item, Problem):
        return Row(number, item.line, ERROR, title=item.title, problems=(item.what,))
    notes = Notes(list(item.notices))
    common: dict[str, Any] = {"slug": slug, "title": item.title or item.name, "record": item, "question": known}
    try:
        content = _content(item, slug, known, form, wishes, notes)
    except Unreadable as error:
        return Row(number, error.line or item.line, ERROR, problems=(error.what,), notices=notes.all(), **common)
    problems = tuple(_problems(content))
    changes = () if known is None or known.current is None else tuple(_changes(known.current, content))
    state = ERROR if problems else NEW if known is None else CHANGED if changes else SAME
    doubtful = state == CHANGED and not item.name and {"text", "answers"} <= set(changes)
    if doubtful:
        notes.add(DOUBTFUL)
    return Row(
        number, item.line, state, content=content, notices=notes.all(), problems=problems, changes=changes, doubtful=doubtful,
        **common,
    )  # fmt: skip


def _content(item: Record, slug: str, known: Question | None, form: Format, wishes: Wishes, notes: Notes) -> Content:
    said = said_by(item, notes)
    if known is not None and known.current is not None:
        content = merged(said, slug, content_of_version(known.current), form, notes)
    elif not said.difficulty and wishes.difficulty:
        content = _with(said.content, difficulty=wishes.difficulty)
    else:
        content = said.content
    return _with(content, tags=list(dict.fromkeys([*content.tags, *wishes.tags])))


def _with(content: Content, **fields: Any) -> Content:
    values = {name: getattr(content, name) for name in Content.NAMES} | fields
    return Content(**values)


def content_of_version(version: QuestionVersion) -> Content:
    return Content(**{name: getattr(version, name) for name in Content.NAMES})


def _problems(content: Content) -> list[str]:
    if not content.stem.strip():
        return ["The question has no text."]
    if len(content.stem) > 10_000:
        return ["The text of the question has more than 10,000 characters."]
    return definition_problems(content.kind, content.definition, content.stem)


def _changes(version: QuestionVersion, content: Content) -> Iterator[str]:
    if says(version, content):
        return
    for name, value in content.columns().items():
        if getattr(version, name) != value:
            yield {"stem": "text", "definition": "answers"}.get(name, name)


def _without_doubles(rows: Sequence[Row]) -> Iterator[Row]:
    """Two questions of one file cannot have one slug. The second is an error, so that it overwrites nothing."""
    first: dict[str, Row] = {}
    for row in rows:
        before = first.setdefault(row.slug, row) if row.slug else row
        if before is row or row.state == ERROR:
            yield row
            continue
        same = before.record is not None and row.record is not None and before.content == row.content
        what = "It is the same question as" if same else f"It has the same name “{row.slug}” as"
        advice = "." if same else ": give it another title, or leave one of them out."
        yield Row(row.number, row.line, ERROR, row.slug, row.title, row.content, row.record, None, row.notices,
                  (f"{what} the one on line {before.line}{advice}",))  # fmt: skip


def _seen(rows: Sequence[Row]) -> str:
    """A fingerprint of what the preview shows: each question as it would be, and as the bank has it."""
    parts = [
        [row.number, row.state, row.slug, row.question and row.question.current_id, row.content and row.content.columns()]
        for row in rows
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Imported:
    """How many questions were made, how many got a new version."""

    new: int
    changed: int


def import_chosen(found: Plan, chosen: Collection[int], *, made_by: Any = None) -> Imported:
    """Write the rows with these numbers, all or none; what is an error or no change is passed over. Raises `ImportRefused`."""
    rows = [row for row in found.rows if row.number in chosen and row.takes]
    changes = [(row.question or Question(slug=row.slug), row.content) for row in rows if row.content is not None]
    try:
        questions_save(changes, made_by=made_by)
    except QuestionInvalid as error:
        raise ImportRefused(f"Nothing was imported: {error}") from error
    except QuestionMoved as error:
        raise ImportRefused(f"{error} Nothing was imported: look again.") from error
    except IntegrityError as error:
        raise ImportRefused(
            "Somebody made a question of the same name at this moment. Nothing was imported: look again."
        ) from error
    return Imported(sum(row.state == NEW for row in rows), sum(row.state == CHANGED for row in rows))
