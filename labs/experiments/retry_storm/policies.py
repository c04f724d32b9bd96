"""What each arm does with a failed attempt: its delay strategy, its number of attempts and its budget."""

from collections.abc import Callable
from random import Random
from sys import maxsize

from labs.experiments.retry_storm.settings import RetrySettings
from labs.patterns.clock import Clock, Sleep
from labs.patterns.naive_backoff import PlusHalf
from labs.patterns.retry import (
    DecorrelatedJitter,
    Delay,
    EqualJitter,
    Exponential,
    FullJitter,
    Immediate,
    Retry,
    transient_http,
)
from labs.patterns.retry_budget import RetryBudget
from labs.theory.retries import mean_attempts

NO_RETRY, BUDGET = "no-retry", "retry-budget"
STRATEGIES: dict[str, Callable[[float, float], Delay]] = {
    "exponential": Exponential,
    "full-jitter": FullJitter,
    "equal-jitter": EqualJitter,
    "decorrelated-jitter": DecorrelatedJitter,
    BUDGET: FullJitter,
}
KNOBS = {"base_s", "cap_s", "naive_backoff", "max_attempts", "deadline_s", "budget_ratio", "budget_minimum_rps"}


def delay(arm: str, settings: RetrySettings) -> Delay:
    """The arm's strategy as the knobs say now."""
    base_s, cap_s = settings.number("base_s"), settings.number("cap_s")
    if arm == "exponential" and settings.flag("naive_backoff"):
        return PlusHalf(base_s)
    strategy = STRATEGIES.get(arm)
    return Immediate() if strategy is None else strategy(base_s, cap_s)


def attempts(arm: str, settings: RetrySettings) -> int:
    """How often a request may be sent; in a race, until it has won."""
    if arm == NO_RETRY:
        return 1
    return maxsize if settings.race else settings.whole("max_attempts")


def budget(arm: str, settings: RetrySettings, clock: Clock) -> RetryBudget | None:
    if arm != BUDGET:
        return None
    ratio, minimum_rps = settings.number("budget_ratio"), settings.number("budget_minimum_rps")
    return RetryBudget(ratio, min_retries_per_s=minimum_rps, clock=clock)


def retry(arm: str, settings: RetrySettings, clock: Clock, sleep: Sleep, rng: Random) -> Retry:
    """The arm's retry, with a budget of its own where it has one."""

    def again(result: object, error: Exception | None) -> bool:
        if settings.everything and error is None:
            return int(getattr(result, "status_code", 0)) >= 400
        return transient_http(result, error)

    made = Retry(again=_race_again if settings.race else again, clock=clock, sleep=sleep, rng=rng)
    made.budget = budget(arm, settings, clock)
    turn(made, arm, settings)
    return made


def turn(made: Retry, arm: str, settings: RetrySettings) -> None:
    """Do from now on as the knobs say; a budget keeps what is in it."""
    made.delay, made.max_attempts = delay(arm, settings), attempts(arm, settings)
    made.deadline_s = float("inf") if settings.race else settings.number("deadline_s")
    if isinstance(made.budget, RetryBudget):
        made.budget.ratio = settings.number("budget_ratio")
        made.budget.min_retries_per_s = settings.number("budget_minimum_rps")


def calm_rps(arm: str, settings: RetrySettings) -> float:
    """Attempts a second for as long as none times out or is turned away: traffic, herds, bad luck, and wrong requests."""
    most = attempts(arm, settings) ** (settings.layers if settings.every_layer else 1)
    wrong = settings.client_error_rate if settings.everything else 0.0
    lucky = mean_attempts(settings.number("failure_rate"), most).value or 1.0
    herd_every_s, rate_rps = settings.number("herd_every_s"), settings.number("rate_rps")
    herds_rps = settings.clients / herd_every_s if herd_every_s else 0.0
    return float((rate_rps + herds_rps) * (wrong * most + (1.0 - wrong) * lucky))


def _race_again(result: object, error: Exception | None) -> bool:
    """A write that lost against another is tried again from the read on."""
    return result is False
