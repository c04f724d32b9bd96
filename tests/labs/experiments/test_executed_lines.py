import sys
from pathlib import Path
from typing import Any

import pytest

from labs.experiments.catalogue import get
from labs.experiments.executed_lines import executed_lines
from labs.experiments.spec import Change

LAB = get("circuit-breaker")
WINDOWED = "labs.patterns.circuit_breaker"
QUIET: dict[str, Any] = {"outage": "none", "failure_rate": 0.0, "slow_rate": 0.0, "rate_rps": 30.0}


def text_of(dotted: str, lines: list[int]) -> str:
    source = Path(dotted.replace(".", "/") + ".py").read_text().splitlines()
    return "\n".join(source[number - 1] for number in lines)


def test_each_arm_shows_the_lines_of_the_patterns_that_it_ran() -> None:
    found = executed_lines(LAB.spec(parameters=QUIET, duration_s=10.0, arms=["none", "consecutive", "windowed+fallback"]))
    assert list(found["none"][WINDOWED]) == []
    assert list(found["consecutive"]["labs.patterns.fallback"]) == []
    assert "self.failures = 0" in text_of(
        "labs.patterns.naive_circuit_breaker", list(found["consecutive"]["labs.patterns.naive_circuit_breaker"])
    )
    assert "self.remember(key, value)" in text_of(
        "labs.patterns.fallback", list(found["windowed+fallback"]["labs.patterns.fallback"])
    )


def test_a_change_late_in_the_run_shows_the_lines_that_it_reached() -> None:
    quiet = LAB.spec(parameters=QUIET, duration_s=60.0, arms=["windowed"])
    broken = LAB.spec(parameters=QUIET, duration_s=60.0, arms=["windowed"], changes=[Change(31.3, "do", "break")])
    before, after = (list(executed_lines(spec)["windowed"][WINDOWED]) for spec in (quiet, broken))
    assert "self._opened_s = now_s" not in text_of(WINDOWED, before)
    assert "self._opened_s = now_s" in text_of(WINDOWED, after)
    assert "raise NotPermitted(self.name, retry_after_s)" in text_of(WINDOWED, after)


def test_nothing_is_traced_afterwards() -> None:
    before = sys.gettrace()
    executed_lines(LAB.spec(parameters=QUIET, duration_s=10.0, arms=["none"]))
    assert sys.gettrace() is before


def test_a_live_run_is_answered_by_its_simulated_twin() -> None:
    simulated = LAB.spec(parameters=QUIET, duration_s=10.0, arms=["none"])
    live = LAB.spec(parameters=QUIET, duration_s=10.0, arms=["none"], world="live")
    assert executed_lines(live) == executed_lines(simulated)


@pytest.mark.parametrize("dotted", LAB.patterns)
def test_lines_are_numbers_of_the_shown_source(dotted: str) -> None:
    length = len(Path(dotted.replace(".", "/") + ".py").read_text().splitlines())
    for arm in executed_lines(LAB.spec(parameters={**QUIET, "failure_rate": 0.9}, duration_s=10.0)).values():
        assert all(1 <= line <= length for line in arm[dotted])
