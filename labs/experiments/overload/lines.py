"""What stands in front of the servers in each arm: the line that requests wait in, and a limiter before it in one of them."""

from collections.abc import Callable

from labs.experiments.settings import Settings
from labs.patterns.adaptive_concurrency import Aimd, ConcurrencyLimiter, Gradient, Limit, Vegas
from labs.patterns.adaptive_lifo import AdaptiveLifo
from labs.patterns.admission_queue import Fifo, Line
from labs.patterns.clock import Clock
from labs.patterns.codel import CoDel, ControlledDelay
from labs.patterns.load_shedding import PriorityLine

CLASSES = ("critical", "normal", "background")
FIRST_LIMIT = 20.0
ROOMY = 10
"""A bound on delay needs no bound on length but one for memory: so many times the queue limit."""


def line_of(arm: str, settings: Settings) -> Line:
    """The arm's own line; the adaptive limit has an unbounded queue behind it, as most servers do."""
    limit = settings.whole("queue_limit")
    made: dict[str, Callable[[], Line]] = {
        "bounded-queue": lambda: Fifo(limit),
        "lifo": lambda: AdaptiveLifo(limit, settings.whole("lifo_from")),
        "shed-by-priority": lambda: PriorityLine(limit, len(CLASSES)),
        "codel": lambda: _controlled(settings),
    }
    return made.get(arm, lambda: Fifo(None))()


def adjust(line: Line, limiter: ConcurrencyLimiter | None, settings: Settings) -> None:
    """The knobs as they stand now, for a line and a limiter at work."""
    limit = settings.whole("queue_limit")
    if limiter is not None and isinstance(limiter.limit, Aimd):
        limiter.limit.slow_s = settings.number("slow_s")
    if isinstance(line, ControlledDelay | CoDel):
        line.target_s, line.interval_s = settings.number("codel_target_s"), settings.number("codel_interval_s")
        line.limit = ROOMY * limit
    elif isinstance(line, AdaptiveLifo):
        line.limit, line.lifo_from = limit, settings.whole("lifo_from")
    elif isinstance(line, PriorityLine) or (isinstance(line, Fifo) and line.limit is not None):
        line.limit = limit


def limiter_of(arm: str, settings: Settings, clock: Clock) -> ConcurrencyLimiter | None:
    """What bounds the requests under way, if anything does."""
    return ConcurrencyLimiter(_limit(settings), name="the server", clock=clock) if arm == "adaptive-concurrency" else None


def _controlled(settings: Settings) -> Line:
    kind = CoDel if settings.choice("codel_law") == "rfc8289" else ControlledDelay
    return kind(settings.number("codel_target_s"), settings.number("codel_interval_s"), ROOMY * settings.whole("queue_limit"))


def _limit(settings: Settings) -> Limit:
    kind = settings.choice("limiter")
    if kind == "aimd":
        return Aimd(settings.number("slow_s"), initial=FIRST_LIMIT)
    return Vegas(initial=FIRST_LIMIT) if kind == "vegas" else Gradient(initial=FIRST_LIMIT)
