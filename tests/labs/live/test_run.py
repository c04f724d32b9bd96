"""A live run from end to end: real processes, real sockets, a few seconds of wall clock."""

import asyncio
import gc
import os
import signal
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, closing
from pathlib import Path
from typing import Any

import pytest

from labs.experiments.events import Event, Failed, Finished, Mark, Sample, Span, Started, encode
from labs.experiments.simulate import SystemFailed, simulate
from labs.experiments.spec import Change, RunSpec, SpecError
from labs.live import run as live_run
from labs.live.iterate import iterate_live
from labs.live.limits import MAXIMUM_DURATION_S, MAXIMUM_RATE_RPS
from labs.live.run import Inbox, run_live
from tests.labs.live.calls import CALLS, catalogued
from tests.labs.live.conftest import Play


@pytest.fixture(autouse=True)
def _catalogue() -> Iterator[None]:
    with catalogued():
        yield


def spec(world: str = "live", **given: Any) -> RunSpec:
    return CALLS.spec(world=world, **{"duration_s": 1.0, "seed": 7} | given)


def children() -> set[str]:
    """This process's children, of all of its threads."""
    found = set()
    for tasks in Path("/proc/self/task").glob("*/children"):
        try:
            found |= set(tasks.read_text().split())
        except OSError:
            continue  # a thread that has just ended
    return found


def sockets() -> int:
    def is_socket(descriptor: Path) -> bool:
        try:
            return str(descriptor.readlink()).startswith("socket:")
        except OSError:
            return False

    return sum(map(is_socket, Path("/proc/self/fd").iterdir()))


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name == "live run"}


def of(kind: type, events: Sequence[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def test_says_the_events_of_a_run_in_order_with_a_sample_of_every_arm_at_every_bin() -> None:
    events = list(iterate_live(spec(duration_s=1.1)))
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)
    assert events[0].world == "live"
    times = [event.t for event in events[1:] if not isinstance(event, Started)]
    assert times == sorted(times)
    ends = [0.25, 0.5, 0.75, 1.0, 1.1]
    assert [(event.t, event.arm) for event in of(Sample, events)] == [(t, arm) for t in ends for arm in CALLS_ARMS]
    assert {event.arm for event in of(Span, events)} == set(CALLS_ARMS)
    assert not of(Failed, events)
    assert all(encode(event) for event in events)


CALLS_ARMS = ("patient", "impatient")


def test_takes_as_long_as_it_says() -> None:
    began_s = time.monotonic()
    list(iterate_live(spec(duration_s=0.8)))
    assert 0.8 <= time.monotonic() - began_s < 10.0


def test_all_arms_meet_the_traffic_of_the_simulated_run() -> None:
    live = list(iterate_live(spec(parameters={"rate_rps": 60.0})))[-1]
    simulated = list(simulate(spec("simulated", parameters={"rate_rps": 60.0})))[-1]
    assert isinstance(live, Finished)
    assert isinstance(simulated, Finished)
    assert live.requests == simulated.requests > 60


def test_brings_what_the_simulated_world_says_of_the_same_run_changes_included() -> None:
    changes = (Change(0.5, "set", "failure_rate", 1.0),)
    live = list(iterate_live(spec(changes=changes)))[-1]
    simulated = list(simulate(spec("simulated", changes=changes)))[-1]
    assert isinstance(live, Finished)
    assert isinstance(simulated, Finished)
    assert live.simulated == simulated.metrics
    assert simulated.simulated == {}


def test_makes_the_changes_of_the_ledger_at_their_time() -> None:
    changes = (Change(0.75, "set", "failure_rate", 0.0), Change(0.25, "set", "failure_rate", 1.0), Change(1.0, "do", "kill"))
    events = list(iterate_live(spec(parameters={"rate_rps": 100.0}, changes=changes)))
    marks = [(event.t, event.value) for event in of(Mark, events) if event.kind == "change"]
    assert marks == [(0.25, "1"), (0.75, "0"), (1.0, "2")]
    failed = {event.t: event.flows["call"].failed for event in of(Sample, events) if event.arm == "patient"}
    assert failed[0.25] == 0
    assert failed[0.5] > 5
    assert failed[0.75] > 5
    assert failed[1.0] < failed[0.75] / 2


def test_makes_a_change_that_comes_in_at_once_and_counts_it_as_the_next_row(play: Play[None]) -> None:
    async def scene() -> None:
        inbox: Inbox = asyncio.Queue()
        changes = (Change(0.1, "set", "failure_rate", 0.5),)
        events: list[Event] = []
        async with aclosing(run_live(spec(duration_s=0.75, changes=changes), inbox)) as run:
            async for event in run:
                events.append(event)
                if isinstance(event, Sample) and event.t == 0.25 and event.arm == "impatient":
                    inbox.put_nowait(Change(0.0, "do", "kill"))
        first, second = (event for event in of(Mark, events) if event.kind == "change")
        assert (first.value, second.value, second.text) == ("0", "1", "Kill")
        assert 0.25 <= second.t < 0.5
        refused = [event.flows["call"].rejected for event in of(Sample, events) if event.t == 0.75]
        assert min(refused) > 0

    play(scene())


def test_polls_for_changes_while_it_plays() -> None:
    asked: list[float] = []
    row = [Change(0.0, "set", "rate_rps", 0.0)]

    def poll() -> Sequence[Change]:
        asked.append(time.monotonic())
        return [row.pop()] if row and len(asked) > 3 else ()

    events = list(iterate_live(spec(), poll))
    assert [event.text for event in of(Mark, events) if event.kind == "change"] == ["Request rate 0 /s"]
    assert len(asked) > 10


def test_a_killed_and_restarted_service_refuses_calls_in_between() -> None:
    changes = (Change(0.5, "do", "kill"), Change(1.0, "do", "restart"))
    events = list(iterate_live(spec(duration_s=2.0, arms=("patient",), parameters={"rate_rps": 80.0}, changes=changes)))
    flows = {event.t: event.flows["call"] for event in of(Sample, events)}
    assert flows[0.5].rejected == 0
    assert flows[1.0].rejected > 5
    assert flows[1.0].ok == 0
    assert flows[2.0].rejected == 0
    assert flows[2.0].ok > 5


@pytest.mark.parametrize(
    ("given", "field", "advice"),
    [
        ({"parameters": {"rate_rps": MAXIMUM_RATE_RPS}}, "rate_rps", "choose fewer arms"),
        ({"duration_s": MAXIMUM_DURATION_S + 1}, "duration_s", "choose a shorter one"),
        ({"changes": (Change(0.5, "set", "rate_rps", 5000.0),)}, "changes.0", "lower the rate"),
    ],
)
def test_refuses_what_the_live_world_cannot_carry(given: dict[str, Any], field: str, advice: str) -> None:
    with pytest.raises(SpecError) as refused:
        iterate_live(spec(**given))
    assert advice in refused.value.errors[field]


def test_does_not_make_a_change_that_the_live_world_cannot_carry() -> None:
    row = [Change(0.0, "set", "rate_rps", 5000.0)]
    events = list(iterate_live(spec(duration_s=0.5), lambda: [row.pop()] if row else ()))
    notes = [event.text for event in of(Mark, events) if event.kind == "note"]
    assert "was not set" in notes[0]
    assert not [event for event in of(Mark, events) if event.kind == "change"]
    end, simulated = events[-1], list(simulate(spec("simulated", duration_s=0.5)))[-1]
    assert isinstance(end, Finished)
    assert isinstance(simulated, Finished)
    assert end.requests < 200
    assert end.simulated == simulated.metrics, "nor is it made in the run that the live one is compared with"


def test_says_how_late_requests_set_out() -> None:
    notes = [event.text for event in of(Mark, list(iterate_live(spec(duration_s=0.5)))) if event.kind == "note"]
    assert len(notes) == 1
    assert "after they were due" in notes[0]


def test_raises_the_error_of_an_arms_own_code_and_cleans_up() -> None:
    before = children(), sockets()
    with pytest.raises(ValueError, match="crashed on demand"):
        list(iterate_live(spec(changes=(Change(0.2, "do", "crash"),))))
    assert (children(), sockets()) == before


def test_an_error_in_a_requests_task_fails_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    async def serve(self: Any, request: Any) -> None:
        raise ZeroDivisionError("by design")

    monkeypatch.setattr("tests.labs.live.calls.CallsSystem.serve", serve)
    with pytest.raises(SystemFailed, match="ZeroDivisionError: by design"):
        list(iterate_live(spec()))


def test_says_failed_when_a_services_process_dies_by_itself() -> None:
    before = children()
    events: list[Event] = []
    for event in iterate_live(spec(duration_s=5.0)):
        if isinstance(event, Sample) and event.t == 0.25 and not any(isinstance(seen, Sample) for seen in events):
            os.kill(int(next(iter(children() - before))), signal.SIGKILL)
        events.append(event)
    assert isinstance(events[-1], Failed)
    assert "died by itself" in events[-1].message
    assert events[-1].t < 1.0
    assert children() == before


def test_leaves_nothing_behind_when_its_caller_leaves() -> None:
    before = children(), sockets(), threads()
    with closing(iterate_live(spec(duration_s=60.0))) as events:
        for event in events:
            if isinstance(event, Sample):
                assert len(children() - before[0]) == 2
                began_s = time.monotonic()
                break
    assert time.monotonic() - began_s < 10.0
    assert (children(), sockets(), threads()) == before


@pytest.mark.parametrize("loop_turns", range(0, 12, 3))
def test_leaves_nothing_behind_when_it_is_left_before_its_services_are_up(play: Play[None], loop_turns: int) -> None:
    async def scene() -> None:
        before = children(), sockets()
        run = run_live(spec(duration_s=60.0))
        assert isinstance(await anext(run), Started)
        task = asyncio.ensure_future(anext(run))
        for _ in range(loop_turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait((task,))
        assert task.cancelled()
        assert (children(), sockets()) == before

    play(scene())
    gc.collect()  # what was left open warns now, and warnings are errors


def test_cancelling_the_task_that_iterates_leaves_nothing_behind(play: Play[None]) -> None:
    async def iterate(run: AsyncGenerator[Event, None], sampled: asyncio.Event) -> None:
        async with aclosing(run):
            async for event in run:
                if isinstance(event, Sample):
                    sampled.set()

    async def scene() -> None:
        before = children(), sockets()
        sampled = asyncio.Event()
        task = asyncio.create_task(iterate(run_live(spec(duration_s=60.0)), sampled))
        await sampled.wait()
        task.cancel()
        began_s = time.monotonic()
        await asyncio.wait((task,))
        assert time.monotonic() - began_s < 10.0
        assert task.cancelled()
        assert (children(), sockets()) == before

    play(scene())


LATER_S = 0.1
"""How much longer a call may take live: two processes share a machine with whatever else runs on it."""
METRICS: list[tuple[str, Callable[[float, float], bool]]] = [
    ("throughput_rps", lambda live, simulated: abs(live - simulated) <= 0.05 * simulated),
    ("error_rate", lambda live, simulated: abs(live - simulated) <= 0.03),
    ("mean_s", lambda live, simulated: -0.001 <= live - simulated <= LATER_S),
    ("p50_s", lambda live, simulated: -0.001 <= live - simulated <= LATER_S),
    ("utilization", lambda live, simulated: 0.9 * simulated - 0.01 <= live <= 1.5 * simulated),
]


def test_who_leaves_with_the_last_event_does_not_stop_the_cleaning_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The runner does: it closes the iterator as soon as it has `Finished`, while servers are still being ended."""
    cleaned: list[bool] = []

    async def slow_close(run: Any) -> None:
        await asyncio.sleep(0.2)
        cleaned.append(True)
        await close(run)

    close = live_run._Run.close
    monkeypatch.setattr(live_run._Run, "close", slow_close)
    with closing(iterate_live(spec())) as events:
        assert any(isinstance(event, Finished) for event in events)
    assert cleaned == [True]


def test_agrees_with_the_simulated_run_on_the_same_traffic() -> None:
    given: dict[str, Any] = {"duration_s": 4.0, "parameters": {"rate_rps": 60.0, "failure_rate": 0.2}}
    live, simulated = list(iterate_live(spec(**given)))[-1], list(simulate(spec("simulated", **given)))[-1]
    assert isinstance(live, Finished)
    assert isinstance(simulated, Finished)
    for arm in CALLS_ARMS:
        for name, agrees in METRICS:
            measured, expected = live.metrics[arm][name], simulated.metrics[arm][name]
            assert measured is not None
            assert expected is not None
            assert agrees(measured, expected), (arm, name, measured, expected)
