"""How the calls come: steadily, in bursts, or just around the edges of the windows. The mean rate is the same for all."""

from labs.experiments.settings import Settings
from labs.simulation.rates import ConstantRate, Rate, RateCurve, bursts

BURST_SHARE = 0.4
"""Of the time between two beginnings of a burst."""
BURST_PERIOD_WINDOWS = 0.75
EDGE_WINDOWS = 0.1
"""On each side of every other edge."""


def peak_rps(pattern: str, rate_rps: float) -> float:
    """The rate while calls come at all."""
    return rate_rps / {"bursty": BURST_SHARE, "edge-of-window": EDGE_WINDOWS}.get(pattern, 1.0)


def curve(pattern: str, rate_rps: float, window_s: float) -> Rate:
    """The rate over time of all calls together, from the mean."""
    if pattern == "bursty":
        period_s = BURST_PERIOD_WINDOWS * window_s
        return bursts(rate_rps / BURST_SHARE, BURST_SHARE * period_s, 0.0, (1.0 - BURST_SHARE) * period_s)
    if pattern == "edge-of-window":
        return _around_edges(rate_rps, window_s)
    return ConstantRate(rate_rps)


def traffic(settings: Settings) -> Rate:
    """As the knobs say."""
    return curve(settings.choice("pattern"), settings.number("rate_rps"), settings.number("window_s"))


def _around_edges(rate_rps: float, window_s: float) -> Rate:
    """Silence but for a tenth of a window on each side of every other edge: two windows' calls come in a fifth of one."""
    from_s, to_s, peak_rps = (1.0 - EDGE_WINDOWS) * window_s, (1.0 + EDGE_WINDOWS) * window_s, rate_rps / EDGE_WINDOWS
    points = [(0.0, 0.0), (from_s, 0.0), (from_s, peak_rps), (to_s, peak_rps), (to_s, 0.0), (2.0 * window_s, 0.0)]
    return RateCurve(points, repeats=True)
