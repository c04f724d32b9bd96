"""Names, speeds and weights of the servers, as the knobs say: what system and theory both reckon with."""

from collections.abc import Sequence

from labs.experiments.load_balancer.knobs import GROUP, SPARES
from labs.experiments.settings import Settings
from labs.patterns.balancing import Server

NAMES = tuple(f"server-{number}" for number in range(1, GROUP + 1))


def names(servers: int) -> tuple[str, ...]:
    """Of those that the run begins with, and after them the spare ones."""
    return NAMES[: servers + SPARES]


def speeds(settings: Settings) -> list[float]:
    """Relative to a mean of 1, the fastest first, each so many times as fast as the next; a spare one has the mean speed."""
    servers, spread = settings.whole("servers"), settings.number("speed_spread")
    steps = [spread ** (0.5 - place / max(1, servers - 1)) for place in range(servers)]
    return [step * servers / sum(steps) for step in steps] + [1.0] * SPARES


def means_s(settings: Settings) -> list[float]:
    """Mean service time of each server, seconds."""
    return [settings.number("service_mean_s") / speed for speed in speeds(settings)]


def weights(settings: Settings) -> list[float]:
    """What the balancer believes of each server."""
    chosen, actual = settings.choice("weights"), speeds(settings)
    first = actual[: settings.whole("servers")]
    believed: Sequence[float] = first if chosen == "matched" else first[::-1] if chosen == "reversed" else [1.0] * len(first)
    return [*believed, *actual[len(first) :]]


def pool(settings: Settings) -> tuple[Server, ...]:
    """The servers that the run begins with, as the balancer sees them."""
    servers = settings.whole("servers")
    return tuple(Server(name, weight) for name, weight in zip(NAMES[:servers], weights(settings), strict=False))
