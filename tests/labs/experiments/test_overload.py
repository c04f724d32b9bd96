"""The lab against theory, and each claim that its page makes, over several seeds."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pytest

from labs.experiments.catalogue import get
from labs.experiments.contract import Metrics
from labs.experiments.events import FEW_DRAWS, Finished, Mark, Prediction, Sample
from labs.experiments.spec import Change
from tests.labs.experiments import reading
from tests.labs.experiments.reading import end, every_knob_turned, number
from tests.labs.experiments.witness import assert_witnessed, theory

LAB = get("overload")
FEW_SEEDS = range(1, 3)
STEADY: dict[str, Any] = {"surge": 1.0}
SEEDS = range(1, 7)
SMALL: dict[str, Any] = {**STEADY, "rate_rps": 40.0, "capacity_rps": 40.0, "servers": 1, "queue_limit": 10}


def played(
    parameters: Mapping[str, Any],
    *arms: str,
    seed: int = 1,
    duration_s: float = 120.0,
    changes: Sequence[Change] = (),
) -> list[Any]:
    return reading.played(LAB, parameters, arms, seed, duration_s, changes)


def metrics(parameters: Mapping[str, Any], *arms: str, seed: int = 1, duration_s: float = 120.0) -> Mapping[str, Metrics]:
    return end(played(parameters, *arms, seed=seed, duration_s=duration_s)).metrics


def said(arm: str, **parameters: Any) -> dict[str, Prediction]:
    return theory("overload", arm, parameters)


# Theory


@pytest.mark.parametrize(
    ("chosen", "duration_s"),
    [
        ({"rate_rps": 14.0, "capacity_rps": 20.0, "servers": 1}, 150.0),
        ({"rate_rps": 36.0, "capacity_rps": 40.0, "servers": 4, "client_timeout_s": 0.5}, 60.0),
        ({"rate_rps": 30.0, "capacity_rps": 40.0, "servers": 8, "client_timeout_s": 0.4}, 50.0),
    ],
    ids=["M/M/1", "M/M/4", "M/M/8"],
)
def test_an_unbounded_queue_keeps_to_erlang(chosen: dict[str, Any], duration_s: float) -> None:
    names = ("mean_wait_s", "utilization", "goodput_rps", "wasted_share")
    assert_witnessed("overload", "unbounded-queue", {**STEADY, **chosen}, *names, seeds=SEEDS, duration_s=duration_s)


@pytest.mark.parametrize(
    ("chosen", "duration_s"),
    [
        ({**SMALL, "client_timeout_s": 0.2}, 60.0),
        ({"rate_rps": 60.0, "capacity_rps": 50.0, "servers": 3, "queue_limit": 60}, 35.0),
        ({"rate_rps": 130.0}, 22.0),
    ],
    ids=["M/M/1/11", "M/M/3/63", "M/M/10/50"],
)
def test_a_bounded_queue_blocks_serves_and_satisfies_as_the_chain_says(chosen: dict[str, Any], duration_s: float) -> None:
    names = ("goodput_rps", "served_rps", "rejected_rate", "mean_wait_s", "mean_queue", "wasted_share")
    assert_witnessed("overload", "bounded-queue", {**STEADY, **chosen}, *names, seeds=SEEDS, duration_s=duration_s)


@pytest.mark.parametrize("arm", ["lifo", "shed-by-priority"])
def test_the_order_changes_who_waits_not_how_many(arm: str) -> None:
    names = ("served_rps", "utilization", "mean_queue")
    assert_witnessed("overload", arm, {**SMALL, "rate_rps": 36.0}, *names, seeds=SEEDS, duration_s=50.0)


def test_a_surge_makes_the_unbounded_queue_late_when_the_surplus_has_filled_it() -> None:
    quick = {"rate_rps": 35.0, "capacity_rps": 50.0, "servers": 5, "surge": 2.5, "surge_start_s": 12.0, "surge_s": 10.0}
    assert_witnessed("overload", "unbounded-queue", quick, "collapse_s", "recovery_s", seeds=range(1, 9), duration_s=66.0)


@pytest.mark.parametrize(
    ("arm", "metric", "chosen", "reason"),
    [
        ("unbounded-queue", "mean_wait_s", {}, "leaves a backlog"),
        ("unbounded-queue", "mean_wait_s", {**STEADY, "rate_rps": 110.0}, "more work arrives"),
        ("unbounded-queue", "goodput_rps", {**STEADY, "rate_rps": 99.0}, "takes longer than the run"),
        ("unbounded-queue", "goodput_rps", {**STEADY, "service_cv": 2.0}, "not exponential"),
        (
            "unbounded-queue",
            "mean_wait_s",
            {**STEADY, "rate_rps": 9.0, "capacity_rps": 10.0, "servers": 1},
            "takes longer than",
        ),
        ("bounded-queue", "goodput_rps", {**STEADY, "capacity_rps": 1.0}, "does not fill"),
        ("bounded-queue", "mean_queue", {**STEADY, "rate_rps": 130.0, "queue_limit": 2000}, "still filling"),
        ("bounded-queue", "mean_queue", {**STEADY, "rate_rps": 100.0, "queue_limit": 400}, "takes longer than the run"),
        ("unbounded-queue", "wasted_share", {**STEADY, "hang_up": True}, "drops the work"),
        ("unbounded-queue", "collapse_s", STEADY, "no surge"),
        ("unbounded-queue", "collapse_s", {"surge": 1.1}, "does not grow"),
        ("unbounded-queue", "collapse_s", {"surge_s": 3.0}, "over before"),
        ("unbounded-queue", "recovery_s", {"rate_rps": 99.5}, "near to full load"),
        ("unbounded-queue", "recovery_s", {"surge": 4.0}, "ends before"),
        ("bounded-queue", "rejected_rate", {}, "too short for the line to settle"),
        ("bounded-queue", "rejected_rate", {"surge_s": 60.0, "rate_rps": 90.0, "surge": 4.0}, "backlog lasts"),
        ("bounded-queue", "rejected_rate", {"surge_start_s": 5.0}, "crosses the border"),
        ("bounded-queue", "rejected_rate", {**STEADY, "service_cv": 0.5}, "not exponential"),
        ("adaptive-concurrency", "utilization", {}, "moves with the answers"),
        ("codel", "utilization", {}, "depends on the waits"),
    ],
)
def test_theory_says_which_of_its_assumptions_fails(arm: str, metric: str, chosen: dict[str, Any], reason: str) -> None:
    form = said(arm, **chosen)[metric]
    assert form.value is None
    assert reason in form.why_not


def test_one_server_without_a_surge_is_a_queue_that_theory_knows() -> None:
    """As the page proposes, at the page's own capacity."""
    forms = said("unbounded-queue", servers=1, surge=1.0, rate_rps=70.0)
    assert forms["mean_wait_s"].value == pytest.approx(0.7 * 0.01 / 0.3)


def test_who_waits_does_so_in_company_so_a_lightly_loaded_run_sees_few_waits() -> None:
    """A deviation from so few is luck, and not shown."""
    few, more = (said("unbounded-queue", surge=1.0, rate_rps=rate_rps)["mean_wait_s"].draws for rate_rps in (30.0, 70.0))
    assert few is not None
    assert more is not None
    assert few < FEW_DRAWS < more


def test_a_long_surge_is_two_steady_states_weighted() -> None:
    chosen = {"surge_s": 60.0, "rate_rps": 60.0, "surge": 2.4, "queue_limit": 20}
    form = said("bounded-queue", **chosen)["rejected_rate"]
    assert "weighted" in form.assumes
    refused = [number(metrics(chosen, "bounded-queue", seed=seed)["bounded-queue"], "rejected_rate") for seed in FEW_SEEDS]
    assert sum(refused) / len(refused) == pytest.approx(form.value, rel=0.05)


# What the page claims


@cache
def default_run(seed: int) -> Mapping[str, Metrics]:
    return metrics({}, "unbounded-queue", "bounded-queue", "shed-by-priority", seed=seed, duration_s=105.0)


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_a_surge_of_twenty_seconds_makes_the_unbounded_queue_late_for_much_longer(seed: int) -> None:
    found = default_run(seed)
    assert number(found["unbounded-queue"], "error_rate") > 0.4
    assert number(found["unbounded-queue"], "recovery_s") > 25.0
    assert number(found["unbounded-queue"], "utilization") > 0.88
    assert number(found["bounded-queue"], "error_rate") < 0.1
    assert number(found["bounded-queue"], "recovery_s") <= 3.0
    assert number(found["bounded-queue"], "wasted_share") < 0.01


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_shedding_by_priority_keeps_the_critical_ones_whole(seed: int) -> None:
    found = default_run(seed)
    assert number(found["shed-by-priority"], "critical_success_rate") > 0.995
    assert number(found["shed-by-priority"], "background_success_rate") < 0.85
    assert number(found["bounded-queue"], "critical_success_rate") < 0.96


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_a_line_of_400_places_helps_nobody_where_clients_wait_a_second(seed: int) -> None:
    scene = _scene("how-long")
    short, long = (
        metrics({**scene.parameters, "queue_limit": limit}, *scene.arms, seed=seed, duration_s=32.0) for limit in (40, 400)
    )
    assert number(short["bounded-queue"], "goodput_rps") > 95.0
    assert number(long["bounded-queue"], "goodput_rps") < 10.0
    assert number(long["lifo"], "goodput_rps") > 85.0, "the newest still have their patience"


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_past_its_capacity_the_unbounded_queue_serves_as_many_and_helps_none(seed: int) -> None:
    scene = _scene("the-wall")
    found = metrics({**scene.parameters, "rate_rps": 130.0}, *scene.arms, seed=seed, duration_s=25.0)
    assert number(found["unbounded-queue"], "served_rps") == pytest.approx(
        number(found["bounded-queue"], "served_rps"), rel=0.03
    )
    assert number(found["unbounded-queue"], "goodput_rps") < 5.0
    assert number(found["bounded-queue"], "goodput_rps") > 95.0


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_critical_requests_are_whole_as_long_as_they_fit_into_the_capacity(seed: int) -> None:
    scene = _scene("who-matters")
    for share, whole in ((0.5, True), (1.0, False)):
        chosen = {**scene.parameters, "critical_share": share}
        found = metrics(chosen, "shed-by-priority", seed=seed, duration_s=25.0)["shed-by-priority"]
        assert (number(found, "critical_success_rate") > 0.99) is whole


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_slower_work_makes_the_bounded_line_too_long_but_not_a_bound_on_time(seed: int) -> None:
    scene = _scene("slower-work")
    samples = [
        event
        for event in played(scene.parameters, *scene.arms, seed=seed, duration_s=30.0, changes=(Change(5.0, "do", "slow"),))
        if isinstance(event, Sample) and event.t > 15.0
    ]
    goodput = {arm: _mean(samples, arm, "goodput_rps") for arm in scene.arms}
    assert goodput["bounded-queue"] < 15.0
    assert goodput["codel"] > 35.0
    assert goodput["adaptive-concurrency"] > 35.0


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_a_server_that_notices_who_left_is_well_again_within_seconds(seed: int) -> None:
    noticed = metrics({"hang_up": True}, "unbounded-queue", seed=seed, duration_s=80.0)["unbounded-queue"]
    assert number(noticed, "recovery_s") < 12.0
    assert number(default_run(seed)["unbounded-queue"], "recovery_s") > 2.0 * number(noticed, "recovery_s")


@pytest.mark.parametrize("limiter", ["gradient", "aimd"])
def test_each_limiter_keeps_the_answers_coming_in_time(limiter: str) -> None:
    found = metrics({"limiter": limiter}, "adaptive-concurrency", duration_s=60.0)["adaptive-concurrency"]
    assert number(found, "error_rate") < 0.2
    assert number(found, "timeout_rate") < 0.01
    assert number(found, "p99_s") < 0.8
    assert 8.0 < number(found, "mean_limit") < 60.0


def test_the_best_time_seen_is_luck_where_work_is_uneven() -> None:
    uneven, even = (
        metrics({"limiter": "vegas", "service_cv": cv}, "adaptive-concurrency", duration_s=50.0)["adaptive-concurrency"]
        for cv in (1.0, 0.0)
    )
    assert number(uneven, "rejected_rate") > 0.25
    assert number(even, "rejected_rate") < 0.2
    assert number(even, "p99_s") < 0.4


def test_the_law_of_packets_turns_too_few_away() -> None:
    steady = {**STEADY, "rate_rps": 130.0}
    bound, packets = (
        metrics({**steady, "codel_law": law}, "codel", duration_s=40.0)["codel"] for law in ("facebook", "rfc8289")
    )
    assert number(bound, "goodput_rps") > 90.0
    assert number(packets, "goodput_rps") < 0.5 * number(bound, "goodput_rps")


# Knobs, actions, goals


def _scene(name: str) -> Any:
    return next(scene for scene in LAB.scenes if scene.id == name)


def _mean(samples: list[Sample], arm: str, series: str) -> float:
    values = [sample.values[series] or 0.0 for sample in samples if sample.arm == arm]
    return sum(values) / len(values)


def test_a_rush_is_three_times_the_traffic_for_ten_seconds() -> None:
    events = played(STEADY, "unbounded-queue", duration_s=45.0, changes=(Change(20.0, "do", "rush"),))
    rates = {event.t: event.values["throughput_rps"] or 0.0 for event in events if isinstance(event, Sample)}
    waiting = {event.t: event.values["queue"] or 0.0 for event in events if isinstance(event, Sample)}
    assert waiting[30.0] == pytest.approx(1550.0, rel=0.15)
    assert waiting[45.0] < waiting[30.5]
    assert rates[19.5] < 130.0


def test_rushes_add_up_and_end_at_nine_times_the_traffic() -> None:
    def waiting(presses: int) -> float:
        rushes = tuple(Change(10.0, "do", "rush") for _ in range(presses))
        events = played({**STEADY, "rate_rps": 20.0}, "unbounded-queue", duration_s=20.0, changes=rushes)
        return sum(
            event.flows["request"].ok + event.flows["request"].timed_out for event in events if isinstance(event, Sample)
        )

    assert waiting(2) == pytest.approx(200 + 1000, rel=0.15)
    assert waiting(30) == pytest.approx(200 + 1800, rel=0.15)


def test_no_more_servers_are_at_work_than_there_are() -> None:
    story = (Change(14.0, "set", "servers", 100), Change(16.0, "set", "servers", 3))
    end = played({**STEADY, "rate_rps": 130.0}, "unbounded-queue", duration_s=22.0, changes=story)[-1]
    assert isinstance(end, Finished)
    assert 0.8 < number(end.metrics["unbounded-queue"], "utilization") <= 1.0


def test_slow_and_unslow_halve_the_capacity_and_give_it_back() -> None:
    story = (Change(20.0, "do", "slow"), Change(40.0, "do", "unslow"))
    samples = [
        event
        for event in played({**STEADY, "rate_rps": 95.0}, "bounded-queue", duration_s=60.0, changes=story)
        if isinstance(event, Sample)
    ]
    before, slow, after = (
        _mean([one for one in samples if low < one.t <= high], "bounded-queue", "rejected_rps")
        for low, high in ((10.0, 20.0), (25.0, 40.0), (50.0, 60.0))
    )
    assert slow == pytest.approx(45.0, abs=8.0)
    assert max(before, after) < 5.0


def test_more_servers_start_on_the_line_at_once() -> None:
    story = (Change(15.0, "set", "servers", 40), Change(15.0, "set", "capacity_rps", 400.0))
    events = played({**STEADY, "rate_rps": 110.0}, "unbounded-queue", duration_s=20.0, changes=story)
    queue = {event.t: event.values["queue"] or 0.0 for event in events if isinstance(event, Sample)}
    assert queue[15.0] > 50.0
    assert queue[17.0] < 1.0


def test_goals_tick_off_by_themselves() -> None:
    story = (
        Change(62.0, "do", "rush"),
        Change(72.0, "set", "queue_limit", 400),
        Change(72.0, "set", "rate_rps", 130.0),
        Change(93.0, "set", "queue_limit", 40),
        Change(93.0, "do", "slow"),
    )
    arms = ("unbounded-queue", "bounded-queue", "shed-by-priority", "adaptive-concurrency")
    events = played({}, *arms, duration_s=105.0, changes=story)
    end = events[-1]
    assert isinstance(end, Finished)
    assert set(end.goals) == {goal.id for goal in LAB.goals}
    assert [event.value for event in events if isinstance(event, Mark) and event.kind == "goal"] == list(end.goals)


def test_every_knob_can_be_turned_while_it_plays() -> None:
    arms = (arm.name for arm in LAB.arms)
    end(played({"limiter": "aimd"}, *arms, duration_s=15.0, changes=every_knob_turned(LAB)))


def test_requests_that_come_are_those_that_end() -> None:
    events = played({}, *LAB.default_arms, duration_s=20.0)
    ended: dict[str, int] = dict.fromkeys(LAB.default_arms, 0)
    for event in events:
        if isinstance(event, Sample):
            flow = event.flows["request"]
            ended[event.arm] += flow.ok + flow.rejected + flow.timed_out
    end = events[-1]
    assert isinstance(end, Finished)
    assert all(0 <= end.requests // len(ended) - count < 200 for count in ended.values())


def test_a_run_ends_with_a_sentence_made_of_its_numbers() -> None:
    end = played({}, "unbounded-queue", "bounded-queue")[-1]
    assert isinstance(end, Finished)
    assert f"{end.metrics['unbounded-queue']['error_rate']:.1%}" in end.sentence
    assert f"{end.metrics['unbounded-queue']['wasted_share']:.0%} of its work" in end.sentence
    assert "“Bounded queue”" in end.sentence
