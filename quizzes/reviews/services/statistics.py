"""How reviewing goes: what is to come, what was remembered against what was wanted, how hard the collection is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, Sum

from quizzes.analysis.estimates import Estimate, proportion
from quizzes.reviews.days import Days
from quizzes.reviews.memory import LEARNING, NEW, RELEARNING, REVIEW
from quizzes.reviews.models import ReviewLog, ReviewSettings
from quizzes.reviews.services.preferences import days_of
from quizzes.reviews.services.queue import active_log, askable, in_force

FORECAST_DAYS = 30
PAST_DAYS = 30
FEWEST = 20
"""Below this number of reviews a share of them says next to nothing, and no judgement is given."""
BANDS = ((1, 3), (4, 7), (8, 21), (22, 60), (61, 180), (181, None))


@dataclass(frozen=True, slots=True)
class Band:
    """Reviews after an interval of so many days (both ends included; `last` None: no end)."""

    first: int
    last: int | None
    tries: int
    remembered: Estimate | None
    wanted: float

    @property
    def name(self) -> str:
        return f"over {self.first - 1} days" if self.last is None else f"{self.first} to {self.last} days"

    @property
    def short(self) -> str:
        """For the chart."""
        return f"> {self.first - 1} d" if self.last is None else f"{self.first}–{self.last} d"

    @property
    def percent(self) -> dict[str, int]:
        """Share and interval in whole percent; empty without reviews."""
        found = self.remembered
        return {name: round(100 * getattr(found, name)) for name in ("value", "low", "high")} if found else {}

    @property
    def enough(self) -> bool:
        return self.tries >= FEWEST

    @property
    def verdict(self) -> str:
        """A judgement in words, or that there is too little for one."""
        if self.remembered is None:
            return "no reviews yet"
        if not self.enough:
            return f"too few to say: {self.tries} of at least {FEWEST} reviews"
        if self.remembered.high < self.wanted:
            return "less than wanted"
        return "more than wanted" if self.remembered.low > self.wanted else "as wanted, as far as can be told"


@dataclass(frozen=True, slots=True)
class Day:
    """Ratings of one day: of cards that were known, remembered or forgotten, and of cards being learned."""

    day: date
    remembered: int
    forgotten: int
    learning: int

    @property
    def total(self) -> int:
        return self.remembered + self.forgotten + self.learning


@dataclass(frozen=True, slots=True)
class Statistics:
    """`forecast`: cards due by day from today, overdue ones today. `difficulty`: known cards by FSRS difficulty, 1 to 10."""

    forecast: Sequence[tuple[date, int]]
    later: int
    bands: Sequence[Band]
    overall: Band
    past: Sequence[Day]
    states: Mapping[str, int]
    difficulty: Sequence[tuple[int, int]]
    mean_difficulty: float | None
    mean_stability_days: float | None
    minutes: int

    @property
    def reviews(self) -> int:
        return sum(day.total for day in self.past)

    @property
    def forecast_total(self) -> int:
        return sum(count for _, count in self.forecast)


def statistics_of(user: Any, settings: ReviewSettings, now: datetime) -> Statistics:
    """All of a person's reviews, by the days of their settings."""
    days = days_of(settings)
    today = days.of(now)
    waiting = Counter(max(days.of(due), today) for due in _dues(user, now))
    ahead = [today + timedelta(days=number) for number in range(FORECAST_DAYS)]
    forecast = [(day, waiting[day]) for day in ahead]
    tallies = _tallies(user)
    known = _known(user, now)
    since = days.start(today - timedelta(days=PAST_DAYS - 1))
    log = active_log(user).filter(at__gte=since)
    return Statistics(
        forecast=forecast,
        later=sum(waiting.values()) - sum(count for _, count in forecast),
        bands=[_band(tallies, first, last, settings.retention) for first, last in BANDS],
        overall=_band(tallies, 1, None, settings.retention),
        past=_past(log.values_list("at", "rating", "before__state"), days, today),
        states=_states(user),
        difficulty=[(level, known["levels"][level]) for level in range(1, 11)],
        mean_difficulty=known["difficulty"],
        mean_stability_days=known["stability"],
        minutes=round((log.aggregate(spent=Sum("duration_ms"))["spent"] or 0) / 60_000),
    )


def _dues(user: Any, now: datetime) -> list[datetime]:
    """When known cards come; those put away for today count where they stand."""
    return list(askable(user, now + timedelta(days=2)).filter(state__gt=NEW).values_list("due", flat=True))


def _tallies(user: Any) -> dict[int, Counter[bool]]:
    """Remembered or not, by the interval in days, of reviews of known cards on a later day than the one before."""
    rows = (
        active_log(user).filter(kind=ReviewLog.Kind.REVIEW, before__state=REVIEW, elapsed_days__gte=1)
        .values_list("elapsed_days", "rating").annotate(count=Count("pk")).order_by()
    )  # fmt: skip
    found: dict[int, Counter[bool]] = {}
    for elapsed, rating, count in rows:
        found.setdefault(int(elapsed or 0), Counter())[(rating or 0) > 1] += count
    return found


def _band(tallies: Mapping[int, Counter[bool]], first: int, last: int | None, wanted: float) -> Band:
    inside = [tally for days, tally in tallies.items() if days >= first and (last is None or days <= last)]
    hits, misses = (sum(tally[which] for tally in inside) for which in (True, False))
    return Band(first, last, hits + misses, proportion(hits, hits + misses), wanted)


def _past(rows: Any, days: Days, today: date) -> list[Day]:
    counts: dict[date, Counter[str]] = {today - timedelta(days=ago): Counter() for ago in range(PAST_DAYS - 1, -1, -1)}
    for at, rating, state in rows:
        sort = "learning" if state != REVIEW else "remembered" if rating > 1 else "forgotten"
        counts.setdefault(days.of(at), Counter())[sort] += 1
    return [Day(day, each["remembered"], each["forgotten"], each["learning"]) for day, each in sorted(counts.items())]


def _states(user: Any) -> dict[str, int]:
    """How many cards are new, being learned, known, and put away."""
    mine = in_force(user)
    counts = dict(mine.filter(suspended=False).values_list("state").annotate(Count("pk")).order_by())
    return {
        "new": counts.get(NEW, 0),
        "learning": counts.get(LEARNING, 0) + counts.get(RELEARNING, 0),
        "known": counts.get(REVIEW, 0),
        "away": mine.filter(suspended=True).count(),
    }


def _known(user: Any, now: datetime) -> dict[str, Any]:
    cards = askable(user, now + timedelta(days=2)).filter(state__gt=NEW)
    levels = Counter(min(10, max(1, round(value))) for value in cards.values_list("difficulty", flat=True) if value)
    return {"levels": levels, **cards.aggregate(difficulty=Avg("difficulty"), stability=Avg("stability"))}
