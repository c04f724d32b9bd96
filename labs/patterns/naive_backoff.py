"""Naive backoff: the waits as they are often taught, kept to be compared with those in `retry.py`.

Problem and rule are the same: wait before the next attempt, twice as long each time, with a little chance added. The rule is
base * 2^n plus up to half of that: 1 to 1.5 s, 2 to 3 s, 4 to 6 s. It has two faults:

1. Nothing caps it. The tenth wait of a base of 0.2 s lasts between 102 and 154 s: the service has long been well again, and the
   caller sleeps on. The longer an outage, the longer after its end its victims are still away.
2. The chance is too small a part. All who failed together sleep through the first 100 % of the wait together and come back
   within the last 50 %, a herd on a narrower road; with full jitter they use the whole of it.

Source. The sample that many tutorials share (1 s + 0 to 0.5 s, 2 s + 0 to 1 s, 4 s + 0 to 2 s); M. Brooker, "Exponential
Backoff And Jitter", AWS Architecture Blog (2015), measures what more jitter is worth.

Limits. Do not use it: `FullJitter` costs as many lines.
"""

from dataclasses import dataclass
from random import Random

from labs.patterns.retry import DOUBLINGS, Delay


@dataclass(frozen=True, slots=True)
class PlusHalf(Delay):
    """base * 2^n, plus up to half of it, without a cap."""

    base_s: float

    def wait_s(self, retries: int, previous_s: float | None, rng: Random) -> float:
        return self.base_s * 2.0 ** min(retries, DOUBLINGS) * (1.0 + 0.5 * rng.random())
