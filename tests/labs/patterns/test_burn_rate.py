"""Burn-rate alerts, minute by minute: when they fire, when they end, and what they must not fire for."""

from collections.abc import Sequence

import pytest

from labs.patterns.burn_rate import WORKBOOK_RULES, BurnRateAlert, BurnRule
from tests.labs.patterns.clock import HandClock

FAST = WORKBOOK_RULES[0]
PER_STEP = 60_000


def play(
    bad_shares: list[float], rules: Sequence[BurnRule] = (FAST,), *, step_s: float = 60.0, healthy_steps: int = 60
) -> list[list[BurnRule]]:
    """What fires at the end of each step, after healthy ones that fill the longest window."""
    clock = HandClock()
    alert = BurnRateAlert(0.999, rules, slice_s=step_s, clock=clock)
    for _ in range(healthy_steps):
        alert.count(PER_STEP, 0)
        clock.now_s += step_s
    said = []
    for share in bad_shares:
        bad = round(PER_STEP * share)
        alert.count(PER_STEP - bad, bad)
        said.append(alert.firing())
        clock.now_s += step_s
    return said


def first(said: list[list[BurnRule]], rule: BurnRule) -> int | None:
    """The step, from 1, in which the rule fires first."""
    return next((step for step, rules in enumerate(said, 1) if rule in rules), None)


@pytest.mark.parametrize(("bad_share", "minute"), [(1.0, 1), (0.1, 9), (0.0145, 60)])
def test_the_fast_rule_fires_when_an_hour_of_its_burn_is_spent(bad_share: float, minute: int) -> None:
    assert first(play([bad_share] * 70), FAST) == minute


def test_half_a_per_cent_is_burn_5_and_only_a_ticket() -> None:
    """In steps of half an hour: a tenth of the budget is spent after 14.4 h."""
    said = play([0.005] * 40, WORKBOOK_RULES, step_s=1800.0, healthy_steps=144)
    assert [first(said, rule) for rule in WORKBOOK_RULES] == [None, None, 29]


def test_the_short_window_ends_the_alert_minutes_after_the_outage() -> None:
    said = play([1.0] * 10 + [0.0] * 60)
    after = [minute for minute, rules in enumerate(said[10:], 1) if FAST in rules]
    assert after == [1, 2, 3, 4]


def test_a_blip_of_ten_seconds_wakes_nobody() -> None:
    assert not any(play([1 / 6] + [0.0] * 30))


def test_each_rule_spends_its_share_of_a_30_day_budget() -> None:
    spent = [rule.burn * rule.long_s / (30 * 86_400) for rule in WORKBOOK_RULES]
    assert spent == pytest.approx([0.02, 0.05, 0.1])
    assert [rule.short_s / 60 for rule in WORKBOOK_RULES] == [5, 30, 360]


def test_few_events_are_silent_and_none_have_no_burn_rate() -> None:
    alert = BurnRateAlert(0.999, minimum=20, clock=HandClock())
    assert alert.burn_rate(3600.0) is None
    alert.count(9, 1)
    assert alert.burn_rate(3600.0) is None
    assert alert.firing() == []


def test_one_failure_in_ten_burns_at_a_hundred() -> None:
    alert = BurnRateAlert(0.999, clock=HandClock())
    alert.count(9, 1)
    assert alert.burn_rate(3600.0) == pytest.approx(100)


def test_an_objective_leaves_something() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        BurnRateAlert(1.0)
