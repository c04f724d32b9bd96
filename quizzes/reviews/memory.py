"""What is remembered, and when to ask again: FSRS-6, by its own library, made reproducible.

The model: memory of a card has a *stability* (days after which it is recalled with 90 %) and a *difficulty* (1 to 10). Each
rating moves both; the next interval is the time after which the chance of recall falls to the wanted retention. (J. Ye, J. Su,
Y. Cao: A Stochastic Shortest Path Algorithm for Optimizing Spaced Repetition Scheduling, KDD 2022; the FSRS-6 model of the
open-spaced-repetition project, whose library `fsrs` computes every number here.)

What is added, and why:

- *Days are the person's days*, with a border in the night. The library counts 24 hours: a card learned in the evening and
  asked the next morning would count as the same day and be rated by the rule for repetitions within a day. So it is told a
  last review that lies whole days back, as many as borders were crossed; and a card of whole days is due when its day begins.
- *Fuzz is repeatable.* Cards that were learned together would always come together, so the library moves an interval by chance.
  Here the same rule takes its share of chance from a name that is given: what a button promises is what a rating does.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any

import fsrs
from fsrs.scheduler import FUZZ_RANGES

from quizzes.reviews.days import Days

NEW, LEARNING, REVIEW, RELEARNING = range(4)
MAXIMUM_INTERVAL_DAYS = 3650
LEAST_FUZZED_DAYS = 2.5


class Rating(IntEnum):
    """How the recall went, as the library numbers it."""

    AGAIN = 1
    HARD = 2
    GOOD = 3
    EASY = 4


@dataclass(frozen=True, slots=True)
class Memory:
    """The state of one card. `state`: new, learning, review or relearning; stability in days; difficulty from 1 to 10."""

    state: int
    step: int | None
    stability: float | None
    difficulty: float | None
    due: datetime
    last_review: datetime | None

    def as_json(self) -> dict[str, Any]:
        return {
            "state": self.state, "step": self.step, "stability": self.stability, "difficulty": self.difficulty,
            "due": self.due.isoformat(), "last_review": self.last_review.isoformat() if self.last_review else None,
        }  # fmt: skip

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Memory":
        moments = {name: values[name] and datetime.fromisoformat(values[name]) for name in ("due", "last_review")}
        return cls(**(values | moments))


def new_memory(due: datetime) -> Memory:
    """Of something never asked."""
    return Memory(state=NEW, step=None, stability=None, difficulty=None, due=due, last_review=None)


def elapsed_days(memory: Memory, at: datetime, days: Days) -> int | None:
    """The person's days between the last review and `at`; None for a card never asked."""
    return None if memory.last_review is None else max(0, (days.of(at) - days.of(memory.last_review)).days)


def reviewed(memory: Memory, rating: Rating, *, at: datetime, days: Days, retention: float, chance: str) -> Memory:
    """The memory after a rating at the moment `at`. `retention` is the wanted one; `chance` names the fuzz."""
    at = at.astimezone(UTC)
    after, _ = _scheduler(retention).review_card(_as_card(memory, at, days), fsrs.Rating(rating), review_datetime=at)
    due = after.due
    if after.state == fsrs.State.Review:
        due = days.start(days.of(at) + timedelta(days=fuzzed((after.due - at).days, random.Random(chance).random())))
    return Memory(
        state=int(after.state), step=after.step, stability=after.stability, difficulty=after.difficulty, due=due, last_review=at
    )


def studied_ahead(memory: Memory, rating: Rating, *, at: datetime, days: Days, retention: float, chance: str) -> Memory:
    """A card asked before its day: what is still known keeps its day, what is forgotten is learned again from now on.

    Recalling it early tells next to nothing, and must not push its day away.
    """
    if rating != Rating.AGAIN:
        return memory
    return reviewed(memory, rating, at=at, days=days, retention=retention, chance=chance)


def fuzzed(interval_days: int, share: float) -> int:
    """The library's rule for spreading intervals, with its random number, 0 to 1, given instead of taken."""
    if interval_days < LEAST_FUZZED_DAYS:
        return interval_days
    spread = 1.0 + sum(
        each["factor"] * max(min(float(interval_days), each["end"]) - each["start"], 0.0) for each in FUZZ_RANGES
    )
    longest = min(round(interval_days + spread), MAXIMUM_INTERVAL_DAYS)
    shortest = min(max(2, round(interval_days - spread)), longest)
    return min(round(share * (longest - shortest + 1) + shortest), MAXIMUM_INTERVAL_DAYS)


def proposed_rating(score: float) -> Rating:
    """What a question's score, 0 to 1, suggests: right is good, half or more is hard, less is again. Nobody proposes easy."""
    if score >= 1.0:
        return Rating.GOOD
    return Rating.HARD if score >= 0.5 else Rating.AGAIN


def _scheduler(retention: float) -> fsrs.Scheduler:
    return fsrs.Scheduler(desired_retention=retention, enable_fuzzing=False, maximum_interval=MAXIMUM_INTERVAL_DAYS)


def _as_card(memory: Memory, at: datetime, days: Days) -> fsrs.Card:
    """The library's card, with the last review moved so that its whole days are the person's."""
    elapsed = elapsed_days(memory, at, days)
    return fsrs.Card(
        card_id=0,
        state=fsrs.State(memory.state or LEARNING),
        step=memory.step,
        stability=memory.stability,
        difficulty=memory.difficulty,
        due=memory.due,
        last_review=None if elapsed is None else at - timedelta(days=elapsed),
    )
