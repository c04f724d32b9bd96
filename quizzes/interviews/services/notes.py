"""The candidate's notes: a pad for each opened stage, and one for the diagram. Saved as they are written."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from courses.rendering.mermaid import MAXIMUM_LENGTH
from quizzes.interviews.errors import SavingRefused
from quizzes.interviews.models import Note, Round
from quizzes.interviews.services.advance import Now, round_now
from quizzes.interviews.services.autosave import Fate, Sent, Standing, fates, is_text

DIAGRAM = "diagram"
MAX_TEXT = 20_000
STARTER = """\
flowchart LR
  client[Client] --> api[API]
  api --> store[(Store)]
"""


def notes_save(round_: Round, sent: Sequence[Sent]) -> tuple[dict[str, Fate], Now]:
    """Keep states of pads while the round runs. Raises `SavingRefused` when one is none; then nothing of it is kept."""
    with transaction.atomic():
        now = round_now(round_)
        opened = {stage.stage for stage in now.stages}
        if problems := {one.key: words for one in sent if (words := _problem(one, opened))}:
            raise SavingRefused(problems)
        if now.stage is not None:
            Note.objects.bulk_create(_rows(now, now.stage.stage, sent), ignore_conflicts=True)
        return _fates(round_, sent), now


def latest_notes(round_: Round) -> dict[str, Note]:
    """The state that counts, by pad."""
    found = Note.objects.filter(round=round_).order_by("pad", "-client_seq").distinct("pad")
    return {note.pad: note for note in found}


def note_texts(round_: Round) -> dict[str, str]:
    """What the candidate wrote, by pad, without the empty ones."""
    return {pad: note.text for pad, note in latest_notes(round_).items() if note.text.strip()}


def standings(round_: Round, now: datetime, pads: Iterable[str] | None = None) -> dict[str, Standing]:
    """For the page's saver; `pads`: those alone."""
    wanted = None if pads is None else set(pads)
    return {
        pad: Standing(note.client_seq, note.text, max(0, round((now - note.received_at).total_seconds() * 1000)))
        for pad, note in latest_notes(round_).items()
        if wanted is None or pad in wanted
    }


def _problem(one: Sent, opened: set[str]) -> str | None:
    longest = MAXIMUM_LENGTH if one.name == DIAGRAM else MAX_TEXT
    if one.name not in opened | {DIAGRAM}:
        return "There is no such page of notes yet."
    if not is_text(one.value):
        return "Notes are text."
    if len(one.value) > longest:
        return f"At most {longest:,} characters: this has {len(one.value):,}. Shorten it; it stays here until then."
    return None


def _rows(now: Now, stage: str, sent: Sequence[Sent]) -> list[Note]:
    return [Note(round=now.round, pad=one.name, client_seq=one.seq, stage=stage, text=one.value) for one in sent]


def _fates(round_: Round, sent: Sequence[Sent]) -> dict[str, Fate]:
    rows = Note.objects.filter(round=round_, pad__in={one.name for one in sent}, client_seq__in={one.seq for one in sent})
    return fates(sent, {(row.pad, row.client_seq): row.text for row in rows})


def text_changes(round_: Round) -> Mapping[str, Sequence[datetime]]:
    """When each pad was saved, oldest first: the report says so."""
    times: dict[str, list[datetime]] = {}
    for pad, at in Note.objects.filter(round=round_).order_by("client_seq").values_list("pad", "received_at"):
        times.setdefault(pad, []).append(at)
    return times
