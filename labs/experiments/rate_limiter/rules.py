"""What a limiter of this lab is asked to keep to, and the pattern that keeps to it."""

from dataclasses import dataclass
from typing import Self

from labs.experiments.settings import Settings
from labs.patterns.clock import Clock
from labs.patterns.fixed_window_limiter import FixedWindow
from labs.patterns.gcra import Gcra
from labs.patterns.leaky_bucket import LeakyBucket
from labs.patterns.naive_log_limiter import NaiveLogLimiter
from labs.patterns.rate_limiting import Limiter
from labs.patterns.sliding_log_limiter import SlidingLog
from labs.patterns.sliding_window_counter import SlidingWindowCounter
from labs.patterns.token_bucket import TokenBucket

NAIVE_LOG, SLIDING_LOG, FIXED_WINDOW, WINDOW_COUNTER = "naive-log", "sliding-log", "fixed-window", "sliding-window-counter"
TOKEN_BUCKET, GCRA, LEAKY_BUCKET = "token-bucket", "gcra", "leaky-bucket"
BUCKETS = (TOKEN_BUCKET, GCRA, LEAKY_BUCKET)


@dataclass(frozen=True, slots=True)
class Rules:
    """The knobs that a limiter knows. The last three are the naive log's alone."""

    algorithm: str
    limit: int
    window_s: float
    burst: int
    tick_s: float
    unique_members: bool
    take_back: bool

    @classmethod
    def of(cls, algorithm: str, settings: Settings) -> Self:
        return cls(
            algorithm,
            settings.whole("limit"),
            settings.number("window_s"),
            settings.whole("burst"),
            settings.number("tick_ms") / 1000.0,
            settings.choice("naive_member") == "unique",
            settings.choice("naive_denied") == "taken-back",
        )

    @property
    def rate_per_s(self) -> float:
        """The rate that a key may sustain."""
        return self.limit / self.window_s


def limiter(rules: Rules, clock: Clock) -> Limiter:
    """The pattern by the name of its arm."""
    limit, window_s, rate, burst = rules.limit, rules.window_s, rules.rate_per_s, rules.burst
    match rules.algorithm:
        case "naive-log":
            return NaiveLogLimiter(limit, window_s, tick_s=rules.tick_s, unique_members=rules.unique_members, clock=clock)
        case "sliding-log":
            return SlidingLog(limit, window_s, clock=clock)
        case "fixed-window":
            return FixedWindow(limit, window_s, clock=clock)
        case "sliding-window-counter":
            return SlidingWindowCounter(limit, window_s, clock=clock)
        case "token-bucket":
            return TokenBucket(rate, burst, clock=clock)
        case "gcra":
            return Gcra(rate, burst, clock=clock)
        case "leaky-bucket":
            return LeakyBucket(rate, burst, clock=clock)
    raise LookupError(f"no limiter is called {rules.algorithm}")


def apply(rules: Rules, limiter: Limiter) -> None:
    """Turn a limiter's numbers while it works; what it has counted stays."""
    if isinstance(limiter, NaiveLogLimiter | SlidingLog | FixedWindow | SlidingWindowCounter):
        limiter.limit, limiter.window_s = rules.limit, rules.window_s
    if isinstance(limiter, NaiveLogLimiter):
        limiter.tick_s, limiter.unique_members = rules.tick_s, rules.unique_members
    if isinstance(limiter, TokenBucket):
        limiter.rate_per_s, limiter.burst = rules.rate_per_s, rules.burst
    if isinstance(limiter, Gcra):
        limiter.interval_s, limiter.burst = 1.0 / rules.rate_per_s, rules.burst
    if isinstance(limiter, LeakyBucket):
        limiter.interval_s, limiter.capacity = 1.0 / rules.rate_per_s, rules.burst
