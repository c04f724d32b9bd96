"""How load moves over the run: what users do to a fleet, as curves of requests per second."""

from collections.abc import Callable
from math import cos, exp, pi

from labs.experiments.settings import Settings
from labs.simulation.rates import RateCurve

PIECES = 24
SPIKE_BEGINS = 0.25
VIRAL_BEGINS = 0.25
GROWTH = 6.0
"""A viral curve is this many growth times from the base to its top."""


def load_curve(settings: Settings, surge: float = 1.0) -> RateCurve:
    """The curve that the knobs say, times `surge`. It runs from 0 s, so turning a knob moves no peak."""
    base_rps, peak_rps = settings.number("base_rps") * surge, settings.number("peak_rps") * surge
    period_s, peak_s = settings.number("period_s"), settings.number("peak_s")
    return CURVES[settings.choice("curve")](base_rps, peak_rps, period_s, peak_s)


def spike_begins_s(period_s: float) -> float:
    """When in each period the spike begins."""
    return SPIKE_BEGINS * period_s


def _steady(base_rps: float, peak_rps: float, period_s: float, peak_s: float) -> RateCurve:
    return RateCurve([(0.0, peak_rps)])


def _spike(base_rps: float, peak_rps: float, period_s: float, peak_s: float) -> RateCurve:
    """Once a period a jump to the peak and, after `peak_s`, back. It is never longer than what is left of the period."""
    begin_s = spike_begins_s(period_s)
    end_s = min(begin_s + peak_s, period_s)
    points = [(0.0, base_rps), (begin_s, base_rps), (begin_s, peak_rps), (end_s, peak_rps), (end_s, base_rps)]
    return RateCurve([*points, (period_s, base_rps)], repeats=True)


def _diurnal(base_rps: float, peak_rps: float, period_s: float, peak_s: float) -> RateCurve:
    """A cosine from the base at the period's ends to the peak in its middle."""
    half = (peak_rps - base_rps) / 2.0
    waves = ((piece / PIECES, base_rps + half * (1.0 - cos(2.0 * pi * piece / PIECES))) for piece in range(PIECES + 1))
    return RateCurve([(share * period_s, max(0.0, rate_rps)) for share, rate_rps in waves], repeats=True)


def _viral(base_rps: float, peak_rps: float, period_s: float, peak_s: float) -> RateCurve:
    """Once: growth by a constant factor over a quarter of the period, the top for `peak_s`, then a slow decay."""
    begin_s, rise_s = VIRAL_BEGINS * period_s, period_s / 4.0
    top_s = begin_s + rise_s + peak_s
    rise = [(piece / PIECES, exp(GROWTH * (piece / PIECES - 1.0))) for piece in range(1, PIECES + 1)]
    fall = [(piece / PIECES, exp(-GROWTH * piece / PIECES / 2.0)) for piece in range(1, PIECES + 1)]
    above = peak_rps - base_rps
    points = [(0.0, base_rps), (begin_s, base_rps)]
    points += [(begin_s + share * rise_s, base_rps + above * height) for share, height in rise]
    points += [(top_s, peak_rps)]
    points += [(top_s + share * period_s / 2.0, base_rps + above * height) for share, height in fall]
    return RateCurve([(at_s, max(0.0, rate_rps)) for at_s, rate_rps in points])


CURVES: dict[str, Callable[[float, float, float, float], RateCurve]] = {
    "spike": _spike,
    "diurnal": _diurnal,
    "viral": _viral,
    "steady": _steady,
}
