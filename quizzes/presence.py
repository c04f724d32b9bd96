"""Who is at which question of a running attempt, as far as the cache knows. Nothing rests on it; a dead cache costs nothing.

The page of a running attempt says every 20 s that it is there; what was not heard of for a minute is away.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.core.cache import cache

from quizzes.models import Attempt

HEARD_OF_S = 60
KEPT_S = 6 * 3600
MARK = "quizzes:presence:mark"


@dataclass(frozen=True, slots=True)
class Presence:
    """`question` is the place of the one in view, `ago_s` when the page was last heard of."""

    question: int | None
    ago_s: float

    @property
    def there(self) -> bool:
        return self.ago_s <= HEARD_OF_S


def seen(attempt: Attempt, question: int | None) -> None:
    """The page of this attempt was heard of just now."""
    cache.set(_key(attempt.pk), {"question": question, "at": time.time()}, timeout=KEPT_S)


@dataclass(frozen=True, slots=True)
class Sight:
    """Who was heard of, by the attempt's id. `blind`: the cache is away, which is not the same as nobody being there."""

    by_attempt: Mapping[int, Presence]
    blind: bool


def sight(attempts: Iterable[Attempt]) -> Sight:
    """In one read; those never heard of are not in it."""
    keys = {_key(attempt.pk): attempt.pk for attempt in attempts}
    now = time.time()
    cache.set(MARK, now, timeout=HEARD_OF_S)  # what does not come back with the others tells that nothing does
    found = cache.get_many([*keys, MARK])
    blind = found.pop(MARK, None) is None
    return Sight({keys[key]: Presence(said["question"], max(0.0, now - said["at"])) for key, said in found.items()}, blind)


def _key(attempt_id: int) -> str:
    return f"quizzes:presence:{attempt_id}"
