"""Filling in the rubric: each item 0, 1 or 2 points, with a quotation from the notes, or the word that it was said aloud."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from quizzes.clock import ClockNow, database_now
from quizzes.interviews.errors import RoundRefused, SavingRefused
from quizzes.interviews.models import Round, ScoredItem, Scoring
from quizzes.interviews.permissions import SCORES_AS_INSTRUCTOR
from quizzes.interviews.quotes import stands_in
from quizzes.interviews.results import MOST
from quizzes.interviews.services.autosave import Fate, Sent, Standing, fates, is_text
from quizzes.interviews.services.notes import note_texts

MAX_TEXT = 4_000
FIELDS = ("points", "quotation", "aloud", "remark")


def scoring_begin(round_: Round, user: Any, *, link: str = "") -> Scoring:
    """This person's scoring of the round, made if need be; `link` is the token over which a peer comes. Raises `RoundRefused`
    unless the round is finished."""
    if round_.status != Round.Status.FINISHED:
        raise RoundRefused("A round is scored when it is finished. One that was given up is not.")
    try:
        with transaction.atomic():
            found, _ = Scoring.objects.get_or_create(round=round_, by=user, defaults={"role": role_of(round_, user)})
    except IntegrityError:  # both windows made it at once
        found = Scoring.objects.get(round=round_, by=user)
    if link and link != found.link:
        Scoring.objects.filter(pk=found.pk).update(link=link)
        found.link = link
    return found


def role_of(round_: Round, user: Any) -> str:
    if user.pk == round_.user_id:
        return Scoring.Role.SELF
    return Scoring.Role.INSTRUCTOR if user.has_perm(SCORES_AS_INSTRUCTOR) else Scoring.Role.PEER


@dataclass(frozen=True, slots=True)
class ScoringState:
    """Where a scoring stands, in the words of the page's saver."""

    status: str
    at_ms: int
    questions: Mapping[str, Standing]


def scoring_state(scoring: Scoring) -> ScoringState:
    now = database_now()
    rows = latest_items(scoring)
    standing = {name: Standing(row.client_seq, item_value(row), _age_ms(row, now)) for name, row in rows.items()}
    scoring.refresh_from_db(fields=["finished_at"])
    return ScoringState("over" if scoring.finished else "in_progress", int(now.timestamp() * 1000), standing)


def latest_items(scoring: Scoring) -> dict[str, ScoredItem]:
    """What counts, by the rubric's ids."""
    found = ScoredItem.objects.filter(scoring=scoring).order_by("item", "-client_seq").distinct("item")
    return {row.item: row for row in found}


def points_of(scoring: Scoring) -> dict[str, int]:
    return points_by_scoring([scoring])[scoring.pk]


def points_by_scoring(scorings: Iterable[Scoring]) -> dict[int, dict[str, int]]:
    """By the scorings' keys and the rubric's ids, in one query."""
    points: dict[int, dict[str, int]] = {scoring.pk: {} for scoring in scorings}
    found = ScoredItem.objects.filter(scoring__in=points).order_by("scoring_id", "item", "-client_seq")
    for row in found.distinct("scoring_id", "item"):
        if row.points is not None:
            points[row.scoring_id][row.item] = row.points
    return points


def item_value(row: ScoredItem) -> dict[str, Any]:
    """As browsers send it."""
    return {name: getattr(row, name) for name in FIELDS}


def items_save(scoring: Scoring, sent: Sequence[Sent]) -> dict[str, Fate]:
    """Keep what was said of items. Raises `SavingRefused` when one is wrong; then nothing of it is kept."""
    notes = note_texts(scoring.round).values()
    known = {item.id for item in scoring.round.told.rubric}
    if problems := {one.key: words for one in sent if (words := _problem(one, known, list(notes)))}:
        raise SavingRefused(problems)
    with transaction.atomic():
        Scoring.objects.select_for_update(no_key=True).get(pk=scoring.pk)
        if Scoring.objects.filter(pk=scoring.pk, finished_at=None).exists():
            ScoredItem.objects.bulk_create([_row(scoring, one) for one in sent], ignore_conflicts=True)
    rows = ScoredItem.objects.filter(scoring=scoring, item__in={one.name for one in sent})
    return fates(sent, {(row.item, row.client_seq): item_value(row) for row in rows})


@transaction.atomic
def scoring_finish(scoring: Scoring) -> None:
    """From here on it is final. Raises `RoundRefused` naming what is missing. Finishing twice does nothing."""
    locked = Scoring.objects.select_for_update(no_key=True).get(pk=scoring.pk)
    if locked.finished:
        return
    if missing := scoring_gaps(locked):
        raise RoundRefused(" ".join(missing))
    Scoring.objects.filter(pk=scoring.pk, finished_at=None).update(finished_at=ClockNow())


def scoring_gaps(scoring: Scoring) -> list[str]:
    """What keeps a scoring from being finished, in words."""
    rows, rubric = latest_items(scoring), scoring.round.told.rubric
    given = {item.id: rows[item.id] for item in rubric if item.id in rows and rows[item.id].points is not None}
    unscored = len(rubric) - len(given)
    bare = sum(bool(row.points) and not (row.quotation or row.aloud) for row in given.values())
    words = []
    if unscored:
        words.append(f"{unscored} of {len(rubric)} items {'is' if unscored == 1 else 'are'} not scored yet.")
    if bare:
        has = "item has" if bare == 1 else "items have"
        words.append(f"{bare} scored {has} no evidence: quote the notes, or mark it as said aloud.")
    return words


def _problem(one: Sent, known: set[str], notes: Sequence[str]) -> str | None:
    value = one.value
    if one.name not in known:
        return "The rubric has no such item."
    if not isinstance(value, dict) or set(value) != set(FIELDS):
        return f"An item has {', '.join(FIELDS)}."
    if not (_is_points(value["points"]) and isinstance(value["aloud"], bool)):
        return "Give 0, 1 or 2 points, or none yet."
    if not all(is_text(value[name]) and len(value[name]) <= MAX_TEXT for name in ("quotation", "remark")):
        return f"A quotation and a remark have {MAX_TEXT:,} characters at most."
    if value["quotation"] and not stands_in(value["quotation"], notes):
        return "This does not stand in the notes. Quote word for word, or mark it as said aloud and put it into the remark."
    return None


def _is_points(value: Any) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST)


def _row(scoring: Scoring, one: Sent) -> ScoredItem:
    return ScoredItem(scoring=scoring, item=one.name, client_seq=one.seq, **one.value)


def _age_ms(row: ScoredItem, now: datetime) -> int:
    return max(0, round((now - row.received_at).total_seconds() * 1000))
