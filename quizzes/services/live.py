"""An exam while it runs: who is where, who lost connection, how much time is left. Reads only, in a fixed number of queries."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from django.db.models import CharField, Count, F, Func, Max, Q

from quizzes.clock import database_now
from quizzes.models import Answer, Attempt, AttemptQuestion, AttemptSection, Quiz
from quizzes.models.answers import AnswerQuerySet
from quizzes.presence import Presence, sight

Standing = Literal["overdue", "lost", "never", "unseen", "there", "between", "ended"]
ORDER: Sequence[Standing] = ("overdue", "lost", "never", "unseen", "there", "between", "ended")
TROUBLE: frozenset[Standing] = frozenset({"overdue", "lost", "never"})
ENDED_SINCE = timedelta(hours=3)
"""How long who has handed in stays in view."""
ARRIVING_S = 60
"""So long after the start nobody is missed yet."""
SHORT_S = 300
MOST = 900
"""More rows than a form may have fields are not shown."""


@dataclass(frozen=True, slots=True)
class LiveRow:
    """One person's attempt as it stands. `place` is of the question in view, None where nobody knows.

    `left_s` until the clock ends that holds now, which is the open part's where it has one; `base_s` and `extra_s` are its
    parts. `quiet_s`: since the last answer arrived.
    """

    attempt: Attempt
    standing: Standing
    presence: Presence | None
    place: int | None
    part: AttemptSection | None
    parts: int
    asked: int
    answered: int
    flagged: int
    base_s: int | None
    extra_s: int
    left_s: float | None
    quiet_s: float | None

    @property
    def short(self) -> bool:
        """Little time left, and something left to answer."""
        return self.attempt.running and self.left_s is not None and self.left_s < SHORT_S and self.answered < self.asked

    @property
    def share(self) -> float:
        return self.answered / self.asked if self.asked else 0.0


@dataclass(frozen=True, slots=True)
class Live:
    """The rows with trouble on top. `blind`: the cache is away, so nobody can be seen. `more`: rows that are left out."""

    at: datetime
    rows: Sequence[LiveRow]
    blind: bool
    more: int
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def trouble(self) -> int:
        return sum(self.counts[standing] for standing in TROUBLE)


def live(quiz: Quiz) -> Live:
    """Running attempts, and those that ended in the last three hours. Previews are left out."""
    now = database_now()
    recent = Q(status=Attempt.Status.IN_PROGRESS) | Q(submitted_at__gte=now - ENDED_SINCE)
    found = Attempt.objects.filter(recent, quiz=quiz, preview=False).select_related("user").order_by("submitted_at", "pk")
    attempts = list(found[: MOST + 1])
    shown = sorted(attempts[:MOST], key=lambda attempt: not attempt.running)
    seen = sight(attempt for attempt in shown if attempt.running)
    reading = _Reading.of(shown)
    rows = [_row(attempt, reading, seen.by_attempt.get(attempt.pk), now, blind=seen.blind) for attempt in shown]
    counts = Counter[str](row.standing for row in rows)
    counts.update(running=sum(row.attempt.running for row in rows), short=sum(row.short for row in rows))
    return Live(now, sorted(rows, key=_urgency), seen.blind, max(0, len(attempts) - MOST), counts)


def _urgency(row: LiveRow) -> tuple[int, bool, float, str]:
    """Trouble first, then little time, then by name."""
    left_s = row.left_s if row.left_s is not None and row.short else float("inf")
    return ORDER.index(row.standing), not row.short, left_s, row.attempt.user.name.casefold()


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the database says of all attempts, by the attempt's id: one query each."""

    sections: Mapping[int, Sequence[AttemptSection]]
    asked: Mapping[int, tuple[int, int]]
    answered: Mapping[int, int]
    heard: Mapping[int, datetime]

    @classmethod
    def of(cls, attempts: Sequence[Attempt]) -> "_Reading":
        ids = [attempt.pk for attempt in attempts]
        sections: dict[int, list[AttemptSection]] = defaultdict(list)
        for section in AttemptSection.objects.filter(attempt__in=ids).order_by("position").defer("intro"):
            sections[section.attempt_id].append(section)
        questions = AttemptQuestion.objects.filter(attempt__in=ids).order_by().values_list("attempt_id")
        counts = questions.annotate(asked=Count("pk"), flagged=Count("pk", filter=Q(flagged=True)))
        said = Answer.objects.filter(attempt_question__attempt__in=ids).order_by()
        heard = said.values_list("attempt_question__attempt_id").annotate(heard=Max("received_at"))
        return cls(sections, {pk: (asked, flagged) for pk, asked, flagged in counts}, _answered(said), dict(heard))


def _answered(said: AnswerQuerySet) -> Counter[int]:
    """How many questions have an answer that was not taken back; the answers themselves stay where they are."""
    latest = said.counting()
    form = Func(F("value"), function="jsonb_typeof", output_field=CharField())
    found: Iterable[tuple[int, str | None]] = latest.annotate(form=form).values_list("attempt_question__attempt_id", "form")
    return Counter(pk for pk, form in found if form not in (None, "null"))


def _row(attempt: Attempt, reading: _Reading, presence: Presence | None, now: datetime, *, blind: bool) -> LiveRow:
    sections = reading.sections.get(attempt.pk, ())
    part = next((one for one in sections if one.sequential and one.open), None)
    asked, flagged = reading.asked.get(attempt.pk, (0, 0))
    timed = part if part is not None and part.time_limit_s and part.due_at else attempt
    left_s = (timed.due_at - now).total_seconds() if timed.due_at and attempt.running else None
    heard = reading.heard.get(attempt.pk)
    return LiveRow(
        attempt=attempt, standing=_standing(attempt, part, left_s, presence, now, blind=blind), presence=presence,
        place=presence.question if presence else None, part=part, parts=len(sections) if attempt.mode == "interview" else 0,
        asked=asked, answered=reading.answered.get(attempt.pk, 0), flagged=flagged,
        base_s=part.time_limit_s if part is not None and timed is part else attempt.base_limit_s, extra_s=timed.extra_s,
        left_s=left_s, quiet_s=(now - heard).total_seconds() if heard else None,
    )  # fmt: skip


def _standing(
    attempt: Attempt,
    part: AttemptSection | None,
    left_s: float | None,
    presence: Presence | None,
    now: datetime,
    *,
    blind: bool,
) -> Standing:
    """Between two parts no clock runs and the page says nothing: nobody is missed there."""
    if not attempt.running:
        return "ended"
    if left_s is not None and left_s < 0:
        return "overdue"
    if attempt.mode == "interview" and part is None:
        return "between"
    if presence is not None:
        return "there" if presence.there else "lost"
    if blind:
        return "unseen"
    return "there" if (now - attempt.started_at).total_seconds() < ARRIVING_S else "never"
