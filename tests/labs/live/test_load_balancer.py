"""The load-balancer lab on real HTTP services: the same picks, shares and times as in the simulated world."""

from collections.abc import Sequence
from typing import Any

import pytest

from labs.experiments.catalogue import get
from labs.experiments.events import Event, Finished, Mark, Sample
from labs.experiments.simulate import simulate
from labs.experiments.spec import Change, RunSpec, SpecError
from labs.live.iterate import iterate_live
from labs.live.limits import MAXIMUM_PROCESSES, check_live

LAB = get("load-balancer")


def spec(world: str, **given: Any) -> RunSpec:
    return LAB.spec(world=world, seed=3, duration_s=3.0, **given)


def of_arm(events: Sequence[Event], arm: str) -> list[Sample]:
    return [event for event in events if isinstance(event, Sample) and event.arm == arm]


def sent(events: Sequence[Event], arm: str) -> list[float]:
    """Requests that each of the first four servers got, the last bin's cut off."""
    return [sum(sample.rows["server_rps"][place] or 0.0 for sample in of_arm(events, arm)[:2]) for place in range(4)]


def median_s(events: Sequence[Event], arm: str) -> float:
    return sum(sample.values["p50_s"] or 0.0 for sample in of_arm(events, arm)) / 3.0


CHOSEN = {"incident": "none", "servers": 4, "rate_rps": 60.0, "service_mean_s": 0.03, "detection_s": 0.5}
ARMS = ("random", "least-connections")


def test_shares_and_times_are_those_of_the_simulated_world() -> None:
    given = {"parameters": CHOSEN, "arms": ARMS}
    live, simulated = list(iterate_live(spec("live", **given))), list(simulate(spec("simulated", **given)))
    assert isinstance(live[-1], Finished)
    assert sent(live, "random") == pytest.approx(sent(simulated, "random"), abs=2.0), "the same draws, the same picks"
    counts = sent(live, "least-connections")
    assert sum(counts) == pytest.approx(sum(sent(simulated, "least-connections")), abs=2.0)
    assert max(counts) < 2.0 * min(counts)
    for arm in ARMS:
        assert 0.7 * median_s(simulated, arm) <= median_s(live, arm) <= 2.0 * median_s(simulated, arm) + 0.02
        assert all(sample.values["error_share"] == 0.0 for sample in of_arm(live, arm))


def test_a_killed_server_fails_its_requests_and_an_added_one_gets_some() -> None:
    changes = [Change(0.5, "do", "add"), Change(1.2, "do", "kill", target="server-1")]
    chosen = {**CHOSEN, "rate_rps": 110.0, "detection_s": 0.3}
    events = list(iterate_live(spec("live", parameters=chosen, arms=["two-choices"], changes=changes)))
    bins = of_arm(events, "two-choices")
    assert (bins[1].values["error_share"] or 0.0) > 0.0
    assert bins[2].values["error_share"] == 0.0
    assert (bins[2].rows["server_rps"][4] or 0.0) > 5.0
    assert [member.status for member in bins[2].nodes["servers"].members] == ["dead", "ready", "ready", "ready", "ready"]
    said = [event.text for event in events if isinstance(event, Mark) and event.kind == "fault"]
    assert said == ["server-5 is in the pool", "server-1 died", "server-1 is no longer picked"]


def test_its_defaults_can_be_played_and_more_processes_than_the_machine_should_have_cannot() -> None:
    check_live(LAB.spec(world="live"))
    with pytest.raises(SpecError, match=f"{MAXIMUM_PROCESSES} over all arms; here 4 arms need up to 12 each: choose 2 arms"):
        check_live(LAB.spec(world="live", parameters={"servers": 10}))
    with pytest.raises(SpecError, match="choose 1 arm at most, or fewer servers"):
        check_live(LAB.spec(world="live", parameters={"servers": 30}, arms=["random", "round-robin"]))
    check_live(LAB.spec(world="live", parameters={"servers": 30}, arms=["random"]))
