"""How tasks come: at a steady rate, or with bursts at fixed times."""

from labs.experiments.settings import Settings
from labs.simulation.rates import ConstantRate, Rate, RateCurve

BURST_BEGINS_S, BURST_S, BURST_EVERY_S = 20.0, 10.0, 40.0


def task_rate(settings: Settings) -> Rate:
    """The rate that the knobs say."""
    rate_rps, burst_rps = settings.number("rate_rps"), settings.number("burst_rps")
    if not settings.flag("bursts"):
        return ConstantRate(rate_rps)
    begin_s, end_s = BURST_BEGINS_S, BURST_BEGINS_S + BURST_S
    points = [(0.0, rate_rps), (begin_s, rate_rps), (begin_s, burst_rps), (end_s, burst_rps), (end_s, rate_rps)]
    return RateCurve([*points, (BURST_EVERY_S, rate_rps)], repeats=True)
