import pytest

from labs.patterns.predictive_scaler import PredictiveScaler, SeasonalForecast
from labs.patterns.target_tracking import Target, TargetTracker, load
from tests.labs.patterns.fleet import signals

HOUR_S = 3600.0


def rate(at_s: float) -> float:
    """10 /s, and 70 /s in the second quarter of each hour."""
    return 70.0 if 900.0 <= at_s % HOUR_S < 1800.0 else 10.0


def learned(seasons: float, factor: float = 1.0) -> SeasonalForecast:
    forecast = SeasonalForecast(HOUR_S, 60.0)
    for minute in range(int(seasons * 60)):
        at_s = minute * 60.0 + 30.0
        forecast.observe(at_s, rate(at_s) * (factor if at_s > HOUR_S else 1.0))
    return forecast


def test_a_season_that_was_seen_is_expected_again() -> None:
    forecast = learned(1.1)
    assert forecast.expected(HOUR_S + 600.0) == pytest.approx(10.0, rel=1e-3)
    assert forecast.expected(HOUR_S + 1000.0) == pytest.approx(70.0, rel=1e-3)
    assert forecast.peak(HOUR_S + 700.0, HOUR_S + 910.0) == pytest.approx(70.0, rel=1e-3)
    assert forecast.peak(HOUR_S + 700.0, HOUR_S + 890.0) == pytest.approx(10.0, rel=1e-3)


def test_the_last_minutes_give_the_size_and_are_not_believed_without_bound() -> None:
    assert learned(1.2, 1.5).expected(HOUR_S + 1000.0) == pytest.approx(105.0, rel=0.02)
    assert learned(1.2, 9.0).expected(HOUR_S + 1000.0) == pytest.approx(140.0)


def test_without_a_past_the_trend_is_drawn_on() -> None:
    forecast = SeasonalForecast(HOUR_S, 60.0)
    for minute in range(10):
        forecast.observe(minute * 60.0, 10.0 + minute)
    assert forecast.expected(540.0 + 300.0) == pytest.approx(24.0, abs=1.0)
    assert SeasonalForecast(HOUR_S).expected(100.0) == 0.0


def test_a_falling_trend_does_not_go_below_nothing() -> None:
    forecast = SeasonalForecast(HOUR_S, 60.0)
    for minute in range(5):
        forecast.observe(minute * 60.0, 10.0 - 2.0 * minute)
    assert forecast.expected(HOUR_S - 60.0) == 0.0


def scaler(lead_s: float) -> PredictiveScaler:
    return PredictiveScaler(TargetTracker([Target("load", load, 0.7)]), target=0.7, season_s=HOUR_S, lead_s=lead_s)


def ordered_for_the_peak_s(lead_s: float, season: int) -> float:
    """How long before (above 0) or after the peak's beginning the fleet for it was ordered."""
    subject, size, found = scaler(lead_s), 2, 0.0
    for minute in range(1, 180):
        at_s = minute * 60.0
        before, size = size, subject.decide(signals(at_s, size, rate_rps=rate(at_s - 30.0))).wanted
        if before < 10 <= size and at_s // HOUR_S == season:
            found = season * HOUR_S + 900.0 - at_s
    return found


def test_the_first_peak_is_met_late_the_second_in_time() -> None:
    assert ordered_for_the_peak_s(180.0, 0) == -60.0
    assert ordered_for_the_peak_s(180.0, 1) == 180.0
    assert ordered_for_the_peak_s(420.0, 2) == 420.0


def test_a_peak_that_does_not_come_costs_money_and_nothing_else() -> None:
    subject, size = scaler(180.0), 2
    for minute in range(1, 60 + 15):
        size = subject.decide(signals(minute * 60.0, size, rate_rps=rate(minute * 60.0 - 30.0))).wanted
    assert size == 10
    for minute in range(60 + 15, 60 + 50):
        size = subject.decide(signals(minute * 60.0, size, rate_rps=10.0)).wanted
    assert size == 2


def test_a_forecast_never_asks_for_less_than_the_present_needs() -> None:
    subject = scaler(180.0)
    assert subject.decide(signals(60.0, 2, rate_rps=100.0)).wanted >= 15


def test_without_a_rate_it_is_the_scaler_inside() -> None:
    assert scaler(180.0).decide(signals(60.0, 7)).wanted == 7
