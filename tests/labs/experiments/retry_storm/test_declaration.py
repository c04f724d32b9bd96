"""The lab keeps to what it declares: series, metrics, knobs, actions, goals, scenes, and the same bytes each time."""

from typing import Any

import pytest

from labs.experiments.events import Mark, Sample, encode
from labs.experiments.retry_storm import instruments
from labs.experiments.simulate import SystemFailed, simulate
from labs.experiments.spec import Change
from tests.labs.experiments.reading import assert_declared, every_knob_turned
from tests.labs.experiments.retry_storm.runs import LAB, events, finished, metrics, number, scene

ARMS = tuple(arm.name for arm in LAB.arms)
STORM = {"outage_start_s": 8.0, "outage_s": 4.0}
FAILING = {"outage_s": 0.0, "failure_rate": 1.0}
RACE = {"mode": "contention", "clients": 20, "base_s": 0.01}


@pytest.mark.parametrize("chosen", [STORM, {**STORM, "rate_rps": 20.0, "outage": "down", "layers": 4, "max_attempts": 2}, RACE])
def test_everything_said_is_declared(chosen: dict[str, Any]) -> None:
    assert_declared(LAB, events(chosen, ARMS, duration_s=16.0))


@pytest.mark.parametrize("chosen", [STORM, RACE])
def test_the_same_spec_gives_the_same_bytes(chosen: dict[str, Any]) -> None:
    first, second = ([encode(event) for event in events(chosen, ARMS, 4, 12.0)] for _ in range(2))
    assert first == second


def test_all_arms_see_the_same_requests() -> None:
    said = events({**STORM, "outage": "down"}, ARMS, 2, 12.0)
    assert finished(said).requests % len(ARMS) == 0
    first = {
        arm: [event.flows["request"] for event in said if isinstance(event, Sample) and event.arm == arm and event.t < 8.0]
        for arm in ARMS
    }
    assert all(flows == first["no-retry"] for flows in first.values()), "until the first failure there is nothing to retry"


def test_requests_that_come_are_those_that_end() -> None:
    said = events(STORM, ("full-jitter",), 1, 20.0)
    ended = sum(sum(vars_of(event)) for event in said if isinstance(event, Sample))
    assert 0 <= finished(said).requests - ended < 400


def vars_of(event: Sample) -> tuple[int, ...]:
    flow = event.flows["request"]
    return flow.ok, flow.slow, flow.failed, flow.rejected, flow.timed_out


def test_every_knob_can_be_turned_while_it_plays() -> None:
    for chosen in (STORM, RACE):
        finished(events(chosen, ARMS, duration_s=12.0, changes=every_knob_turned(LAB, 2.0)))


@pytest.mark.parametrize(
    ("knob", "value", "metric", "arm", "low", "high"),
    [
        ("rate_rps", 50.0, "throughput_rps", "no-retry", 38.0, 52.0),
        ("failure_rate", 1.0, "attempts_per_request", "full-jitter", 2.6, 4.0),
        ("max_attempts", 8, "attempts_per_request", "immediate", 1.89, 2.2),
        ("layers", 3, "attempts_per_request", "exponential", 1.89, 2.2),
        ("retry_at", "one", "attempts_per_request", "exponential", 1.75, 1.95),
        ("base_s", 1.0, "backoff_s", "full-jitter", 0.4, 2.0),
        ("cap_s", 0.01, "backoff_s", "exponential", 0.0, 0.05),
        ("naive_backoff", True, "backoff_s", "exponential", 0.16, 0.4),
        ("deadline_s", 0.1, "attempts_per_request", "exponential", 1.0, 1.55),
        ("budget_ratio", 0.0, "attempts_per_request", "retry-budget", 1.0, 1.3),
        ("budget_minimum_rps", 200.0, "attempts_per_request", "retry-budget", 1.7, 2.0),
        ("timeout_s", 0.05, "timeout_rate", "no-retry", 0.2, 0.8),
        ("capacity_rps", 12.0, "utilization", "no-retry", 0.7, 1.0),
        ("retry_what", "everything", "attempts_per_request", "immediate", 1.85, 2.2),
        ("herd_every_s", 2.0, "dispersion", "no-retry", 4.0, 200.0),
    ],
)
def test_turned_knobs_act(knob: str, value: Any, metric: str, arm: str, low: float, high: float) -> None:
    """From the end of the warm-up on, where half of the attempts fail by chance."""
    chosen = {"outage_s": 0.0, "rate_rps": 20.0, "capacity_rps": 200.0, "failure_rate": 0.5, "base_s": 0.1, "clients": 20}
    chosen = {**chosen, "layers": 2} if knob == "retry_at" else chosen
    before = number(metrics(chosen, (arm,), 1, 15.0)[arm], metric)
    after = number(metrics(chosen, (arm,), 1, 15.0, [Change(5.0, "set", knob, value)])[arm], metric)
    assert low <= after <= high
    assert after != before


def test_each_action_does_what_it_says() -> None:
    changes = [
        Change(6.0, "do", "break"),
        Change(7.0, "do", "restart"),
        Change(8.0, "do", "heal"),
        Change(10.0, "do", "herd"),
        Change(12.0, "do", "restart"),
    ]
    said = events({"outage_s": 0.0, "rate_rps": 20.0, "clients": 50}, ("no-retry",), duration_s=15.0, changes=changes)
    marks = [(event.t, event.kind, event.text) for event in said if isinstance(event, Mark) and event.kind in ("fault", "note")]
    assert marks == [
        (6.0, "fault", "broken"),
        (7.0, "note", "it is down: there is nothing to restart"),
        (8.0, "fault", "healed"),
        (10.0, "note", "50 clients ask at once"),
        (12.0, "fault", "restarted, its queue is lost"),
    ]
    samples = {event.t: event for event in said if isinstance(event, Sample)}
    assert samples[6.5].nodes["service"].status == "down"
    assert samples[6.5].flows["request"].failed >= 50, "all connected clients notice"
    assert samples[8.5].nodes["service"].status != "down"
    assert (samples[10.5].values["offered_rps"] or 0.0) > 100.0


def test_the_scheduled_outage_can_be_healed_by_hand() -> None:
    said = events(
        {"outage_s": 30.0, "outage_start_s": 6.0}, ("no-retry",), duration_s=20.0, changes=[Change(8.0, "do", "heal")]
    )
    assert number(finished(said).metrics["no-retry"], "recovery_s") < 8.0


def test_a_run_that_multiplies_without_end_stops_with_a_clear_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve attempts in each of four layers, at once: 20,736 for each request while the service is down."""
    monkeypatch.setattr(instruments, "MOST_ATTEMPTS", 30_000)
    chosen = {**STORM, "outage": "down", "layers": 4, "max_attempts": 12}
    with pytest.raises(SystemFailed, match="30,000 attempts; choose fewer layers"):
        events(chosen, ("immediate",), duration_s=20.0)


def test_in_a_race_there_is_nothing_to_break() -> None:
    said = events(RACE, ("full-jitter",), duration_s=15.0, changes=[Change(6.0, "do", "break")])
    assert [event.kind for event in said if isinstance(event, Mark) and event.node == "service"] == ["note"]
    assert number(finished(said).metrics["full-jitter"], "races") == 1.0


@pytest.mark.parametrize(
    ("goal", "chosen", "arms", "duration_s", "changes"),
    [
        ("metastable", {"outage_start_s": 6.0, "outage_s": 4.0}, ("immediate",), 30.0, []),
        ("rescue", {"outage_start_s": 6.0, "outage_s": 4.0}, ("immediate",), 45.0, [Change(25.0, "set", "max_attempts", 1)]),
        ("budget", {"outage_start_s": 6.0, "outage_s": 6.0}, ("full-jitter", "retry-budget"), 45.0, []),
        ("multiply", {**FAILING, "layers": 3, "rate_rps": 10.0, "capacity_rps": 900.0}, ("immediate",), 15.0, []),
        ("spread", "herd", ("exponential", "full-jitter"), 30.0, [Change(6.0, "do", "herd")]),
        ("row", "row", ("exponential", "full-jitter"), 90.0, []),
    ],
)
def test_each_goal_ticks_off_by_itself(
    goal: str, chosen: Any, arms: tuple[str, ...], duration_s: float, changes: list[Change]
) -> None:
    said = events(scene(chosen).parameters if isinstance(chosen, str) else chosen, arms, 1, duration_s, changes)
    assert goal in finished(said).goals
    assert goal in [event.value for event in said if isinstance(event, Mark) and event.kind == "goal"]


def test_a_calm_run_ticks_nothing_off() -> None:
    assert finished(events({"outage_s": 0.0}, ARMS[2:], duration_s=10.0)).goals == ()


def test_a_run_ends_with_a_sentence_made_of_its_numbers() -> None:
    end = finished(events({"outage_start_s": 8.0, "outage_s": 4.0}, ("no-retry", "full-jitter"), duration_s=30.0))
    assert f"{end.metrics['no-retry']['goodput_rps']:.0f} useful" in end.sentence
    assert "Full jitter” the overload outlived its cause" in end.sentence
    race = finished(events(RACE, ("immediate", "full-jitter"), duration_s=20.0))
    assert f"{race.metrics['full-jitter']['contention_calls']:.0f} writes" in race.sentence
    assert "No race ended" in finished(events({**RACE, "clients": 200}, ("exponential",), duration_s=10.0)).sentence


def test_a_traced_request_shows_each_of_its_attempts() -> None:
    chosen = {"outage_s": 0.0, "failure_rate": 1.0, "rate_rps": 5.0, "base_s": 0.01}
    spec = LAB.spec(parameters=chosen, arms=("exponential",), duration_s=10.0)
    spans = [event for event in simulate(spec) if type(event).__name__ == "Span"]
    first = [span for span in spans if span.trace_id == spans[0].trace_id]  # type: ignore[union-attr]
    assert [span.name for span in first] == ["attempt 1", "attempt 2", "attempt 3", "attempt 4", "request"]  # type: ignore[union-attr]
