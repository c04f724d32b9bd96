"""The eight orders that are compared, outermost layer first."""

from dataclasses import dataclass
from itertools import zip_longest

from labs.experiments.contract import Arm

MOST_LAYERS = 7


@dataclass(frozen=True, slots=True)
class Order:
    """An arm: its layers, and whether refusals count as failures with it (as a library's defaults have it)."""

    arm: Arm
    layers: tuple[str, ...]
    everything_fails: bool = False


def _order(name: str, label: str, layers: str, rule: str, *, naive: bool = False, everything_fails: bool = False) -> Order:
    inwards = tuple(layers.split())
    seats = zip_longest(range(1, MOST_LAYERS + 1), inwards, fillvalue="absent")
    at_start = tuple((f"layer-{place}", layer) for place, layer in seats)
    return Order(Arm(name, label, f"{' › '.join(inwards)}. {rule}", naive, at_start), inwards, everything_fails)


ORDERS = (
    _order(
        "usual",
        "The usual nesting",
        "fallback deadline retry breaker limiter timeout bulkhead",
        "A limit per try inside, one on all of it outside; breaker and limiter see every try.",
    ),
    _order(
        "per-request",
        "Guards around the retry",
        "fallback limiter bulkhead breaker deadline retry timeout",
        "Limiter, bulkhead and breaker see requests, each of which may be several tries.",
    ),
    _order(
        "resilience4j",
        "Resilience4j's defaults",
        "fallback retry breaker limiter timeout bulkhead",
        "The library's default order and rule: no overall deadline, and a refusal is a failure too.",
        everything_fails=True,
    ),
    _order(
        "as-listed",
        "As the list reads",
        "limiter bulkhead deadline retry breaker fallback",
        "“Timeout, retry, breaker, fallback” taken from the outside in: the fallback innermost, the only limit outside.",
        naive=True,
    ),
    _order(
        "timeout-outside",
        "One timeout, outside",
        "fallback deadline retry breaker limiter bulkhead",
        "No limit per try: one that hangs takes all the time there is, and the breaker never hears of it.",
        naive=True,
    ),
    _order(
        "fallback-inside-breaker",
        "Fallback inside the breaker",
        "limiter bulkhead breaker fallback retry timeout",
        "The breaker sees good answers only, so it never opens; the retry goes on and on inside.",
        naive=True,
    ),
    _order(
        "breaker-inside-timeout",
        "Breaker inside the timeout",
        "fallback limiter retry timeout breaker bulkhead",
        "A try that hangs is cancelled through the breaker, which takes that for no verdict and never opens.",
        naive=True,
    ),
    _order(
        "retry-outside-fallback",
        "Retry outside the fallback",
        "retry fallback breaker limiter timeout bulkhead",
        "The fallback answers the first failure, so nothing is ever tried again while it has something to say.",
        naive=True,
    ),
)

BY_NAME = {order.arm.name: order for order in ORDERS}
EDGES = tuple(f"step-{number}" for number in range(MOST_LAYERS + 1))
"""Step 0 leads into the outermost layer, the last one to the service."""
