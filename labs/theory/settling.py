"""How long a queue remembers that it began empty, and so how far a run's mean may lie below that of the steady state."""

from math import cos, exp, pi, sqrt

from labs.theory.closed_form import ClosedForm, positive
from labs.theory.queueing import POISSON

MORSE = "P. M. Morse, Stochastic Properties of Waiting Lines, Operations Research 3 (1955)"


def relaxation_s(rate_rps: float, mean_s: float, servers: int, places: float | None = None) -> ClosedForm:
    """Seconds in which what is left of the beginning shrinks to 1/e, in the end; `places` counts the servers.

    1 / ((√λ - √μ)² + 2 √(λμ) (1 - cos(π / (K + 1)))) for one server and K places, the last term 0 without a bound, μ being what
    all servers do. Exact for one server; several at a light load need at least the time of one service. None at full load
    without a bound: then it never settles.
    """
    positive("rate_rps", rate_rps)
    positive("mean_s", mean_s)
    positive("servers", servers)
    served_rps = servers / mean_s
    bound = 2.0 * sqrt(rate_rps * served_rps) * (1.0 - cos(pi / (places + 1.0))) if places is not None else 0.0
    gap = (sqrt(rate_rps) - sqrt(served_rps)) ** 2 + bound
    if gap <= 0.0:
        return ClosedForm(None, POISSON, MORSE, "at full load a queue without a bound never settles")
    return ClosedForm(max(mean_s, 1.0 / gap), POISSON, MORSE)


def remembered(relaxation_s: float, warm_up_s: float, measured_s: float) -> float:
    """At most that share of the steady mean is missing in the mean of a run that began empty: what the exponential above
    leaves after the warm-up, spread over the measured time. A queue fills faster than that at first, so mostly it is less
    than a third of it.
    """
    return relaxation_s * exp(-warm_up_s / relaxation_s) / max(1e-9, measured_s)
