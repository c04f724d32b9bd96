"""What everybody relies on: a run is a pure function of its spec, and what was said up to t stays said."""

import os
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from typing import Any

import pytest

from labs.experiments.catalogue import get
from labs.experiments.circuit_breaker.system import BreakerSystem
from labs.experiments.events import Event, Finished, Mark, Sample, Span, Started, encode
from labs.experiments.simulate import EventLimit, SystemFailed, simulate
from labs.experiments.spec import Change, RunSpec

SHORT = {"outage_start_s": 5.0, "outage_s": 6.0, "rate_rps": 60.0, "window_s": 2.0, "open_s": 1.0}
STORY = (
    Change(3.3, "set", "rate_rps", 90.0),
    Change(4.5, "do", "slow"),
    Change(4.5, "do", "unslow"),
    Change(8.25, "do", "break"),
    Change(12.0, "do", "heal"),
    Change(12.0, "set", "cancel", False),
)


ARMS = ("none", "consecutive", "windowed+fallback")


def spec(changes: Sequence[Change] = (), duration_s: float = 16.0, **more: Any) -> RunSpec:
    return get("circuit-breaker").spec(parameters=SHORT, changes=changes, duration_s=duration_s, arms=ARMS, **more)


def lines(events: Sequence[Event]) -> list[bytes]:
    return [encode(event) for event in events]


def events(of: RunSpec) -> list[Event]:
    return list(simulate(of))


@cache
def told() -> tuple[Event, ...]:
    """The run of the story, computed once."""
    return tuple(simulate(spec(STORY)))


def test_a_run_is_its_head_then_what_happens_then_its_result() -> None:
    said = told()
    assert isinstance(said[0], Started)
    assert isinstance(said[-1], Finished)
    assert {type(event) for event in said[1:-1]} == {Sample, Mark, Span}


def test_each_arm_has_one_sample_for_each_bin_and_the_last_may_be_short() -> None:
    run = spec(duration_s=10.3)
    times = [event.t for event in simulate(run) if isinstance(event, Sample) and event.arm == "windowed+fallback"]
    assert times == [number * 0.5 for number in range(1, 21)] + [10.3]


def test_events_come_in_order_of_time_and_samples_in_order_of_arms() -> None:
    run = spec(STORY)
    said = told()[1:]
    times = [event.t for event in said if not isinstance(event, Started)]
    assert times == sorted(times)
    arms = [event.arm for event in said if isinstance(event, Sample)]
    assert arms == list(run.arms) * (len(arms) // len(run.arms))


def test_the_same_spec_gives_the_same_bytes() -> None:
    assert lines(events(spec(STORY))) == lines(told())


@pytest.mark.parametrize("hash_seed", ["0", "1", "4242"])
def test_another_process_gives_the_same_bytes_with_any_hash_seed(hash_seed: str) -> None:
    program = (
        "from hashlib import sha256\n"
        "from tests.labs.experiments.test_simulate import STORY, events, lines, spec\n"
        "print(sha256(b'\\n'.join(lines(events(spec(STORY))))).hexdigest())"
    )
    found = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert found.stdout.strip() == sha256(b"\n".join(lines(told()))).hexdigest()


def test_another_seed_gives_another_run() -> None:
    assert lines(events(spec(seed=1)))[1:] != lines(events(spec(seed=2)))[1:]


@pytest.mark.parametrize("t_s", [0.0, 0.2, 5.0, 7.77, 12.0, 12.5, 15.99])
@pytest.mark.parametrize("change", [("do", "break", None), ("set", "rate_rps", 20.0), ("set", "count_4xx", True)])
def test_what_was_said_up_to_t_stays_whatever_is_changed_at_t(t_s: float, change: tuple[Any, str, Any]) -> None:
    kind, name, value = change
    before, after = told(), events(spec((*STORY, Change(t_s, kind, name, value))))
    kept = [event for event in before if not isinstance(event, Started) and event.t <= t_s]
    assert lines(after[1 : len(kept) + 1]) == lines(kept)
    following = after[len(kept) + 1]
    assert isinstance(following, Mark)
    assert (following.kind, following.t, following.value) == ("change", t_s, str(len(STORY)))


def test_a_change_takes_effect_at_exactly_its_time_in_all_arms() -> None:
    said = events(spec((Change(7.123, "do", "break"),)))
    faults = [event for event in said if isinstance(event, Mark) and event.text == "broken"]
    assert [(mark.t, mark.arm) for mark in faults] == [(7.123, arm) for arm in spec().arms]


def test_changes_are_numbered_as_the_ledger_has_them_whatever_their_times() -> None:
    said = events(spec((Change(9.0, "do", "break"), Change(2.0, "do", "slow"))))
    marks = [event for event in said if isinstance(event, Mark) and event.kind == "change"]
    assert [(mark.t, mark.value, mark.text) for mark in marks] == [(2.0, "1", "Slow it down"), (9.0, "0", "Break the service")]


def test_an_arm_is_the_same_alone_and_in_company() -> None:
    company = [event for event in told() if isinstance(event, Sample) and event.arm == "consecutive"]
    run = get("circuit-breaker").spec(parameters=SHORT, changes=STORY, duration_s=16.0, arms=["consecutive"])
    assert lines(company) == lines([event for event in simulate(run) if isinstance(event, Sample)])


def test_all_arms_see_the_same_traffic() -> None:
    run = spec()
    ended = events(run)[-1]
    assert isinstance(ended, Finished)
    assert ended.requests % len(run.arms) == 0
    assert ended.metrics["consecutive"]["throughput_rps"] == pytest.approx(ended.metrics["none"]["throughput_rps"], rel=0.05)


def test_traced_requests_have_one_root_and_their_parts_within_it() -> None:
    spans = [event for event in simulate(spec()) if isinstance(event, Span)]
    assert len(spans) > 20
    roots = {span.trace_id: span for span in spans if not span.parent_id}
    for span in spans:
        root = roots[span.trace_id]
        assert span.parent_id in ("", root.span_id)
        assert root.start_s <= span.start_s
        assert span.start_s + span.duration_s <= root.start_s + root.duration_s + 1e-9


def test_until_ends_with_the_bin_in_which_that_time_lies() -> None:
    said = list(simulate(spec(), until_s=3.2))
    last = said[-1]
    assert isinstance(last, Sample)
    assert last.t == 3.5
    assert lines(said) == lines(events(spec())[: len(said)])


def test_a_run_that_says_too_much_is_stopped_with_a_reason() -> None:
    with pytest.raises(EventLimit, match=r"more than 100 events.*shorter duration"):
        list(simulate(spec(), maximum_events=100))


def test_a_run_that_asks_too_much_is_stopped_with_a_reason() -> None:
    with pytest.raises(EventLimit, match=r"more than 500 requests.*lower rate"):
        list(simulate(spec(), maximum_requests=500))


def test_an_arm_that_breaks_says_which_when_and_what(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(self: BreakerSystem, request: Any) -> None:
        if request.number == 10:
            raise ZeroDivisionError("the lab's own fault")

    monkeypatch.setattr(BreakerSystem, "_serve", broken)
    with pytest.raises(SystemFailed, match=r"arm none failed at t = .*ZeroDivisionError: the lab's own fault"):
        events(spec())


def test_a_run_may_be_left_in_the_middle() -> None:
    run = simulate(spec())
    for _ in range(50):
        next(run)
    run.close()
    assert lines(list(simulate(spec(), until_s=1.0))) == lines(list(simulate(spec(), until_s=1.0)))
