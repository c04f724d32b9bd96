"""What an order of decorators costs while nothing goes very wrong, and the longest that a caller can be held.

An attempt fails with chance p, alone: it is answered with an error, or takes longer than its timeout. Tries are a truncated
geometric number (`labs.theory.retries`), and what they last adds up by Wald's identity: whether to try again depends on what
has been, never on what is to come.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf

from labs.theory.closed_form import ClosedForm, positive, share
from labs.theory.retries import GEOMETRIC, WALD, mean_attempts, mean_total_wait_s, still_failed

NESTED = "interval arithmetic over the layers, from the innermost outwards"
BY_ITSELF = "exponential work without a queue; each try fails with the same chance; no layer refuses"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: the chance that it fails, and its mean length in seconds."""

    failed: float
    time_s: float


def attempt(failure_rate: float, mean_s: float, timeout_s: float = inf) -> Attempt:
    """A call of exponential length, answered with an error with chance `failure_rate`, given up after `timeout_s`.

    It fails with chance 1 - (1 - f) (1 - exp(-T/m)), and lasts m (1 - exp(-T/m)) on average.
    """
    share("failure_rate", failure_rate)
    positive("mean_s", mean_s)
    if timeout_s <= 0.0:
        raise ValueError(f"timeout_s must be above 0, not {timeout_s}")
    in_time = 1.0 - exp(-timeout_s / mean_s)
    return Attempt(1.0 - (1.0 - failure_rate) * in_time, mean_s * in_time)


def attempts_per_request(one: Attempt, attempts: int) -> ClosedForm:
    """Mean number of tries: (1 - p^n) / (1 - p)."""
    return ClosedForm(mean_attempts(one.failed, attempts).value, BY_ITSELF, GEOMETRIC)


def fallback_share(one: Attempt, attempts: int) -> ClosedForm:
    """Share of requests that no try has answered: p^n."""
    return ClosedForm(still_failed(one.failed, attempts).value, BY_ITSELF, GEOMETRIC)


def request_time_s(one: Attempt, waits_s: Sequence[float]) -> ClosedForm:
    """Mean time from the request to its end, with so many means of waits between as many tries and one more."""
    tries = mean_attempts(one.failed, len(waits_s) + 1).value or 0.0
    waiting_s = mean_total_wait_s(one.failed, waits_s).value or 0.0
    return ClosedForm(tries * one.time_s + waiting_s, BY_ITSELF, WALD)


def longest_s(order: Sequence[str], timeout_s: float, deadline_s: float, attempts: int, longest_wait_s: float) -> ClosedForm:
    """The longest that a request can take under these layers, outermost first; silent where nothing bounds it.

    From the inside out: a call may take for ever; a timeout or a deadline cuts it; a retry takes all its tries and the waits in
    between, `longest_wait_s` together; refusals, breakers and fallbacks take no time.
    """
    if attempts < 1:
        raise ValueError(f"attempts must be at least 1, not {attempts}")
    longest = inf
    for layer in reversed(order):
        if layer == "timeout":
            longest = min(longest, timeout_s)
        elif layer == "deadline":
            longest = min(longest, deadline_s)
        elif layer == "retry":
            longest = attempts * longest + longest_wait_s
    assumes = "the most that can be: every try hangs to its end, and every wait is as long as it may be"
    return ClosedForm(longest if longest < inf else None, assumes, NESTED, "" if longest < inf else "nothing bounds a try")
