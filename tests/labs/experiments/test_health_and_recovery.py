"""The lab against theory, and each claim that its page makes, over several seeds."""

from collections.abc import Mapping
from functools import cache, partial
from typing import Any

import pytest

from labs.experiments.catalogue import get
from labs.experiments.contract import Metrics
from labs.experiments.events import Event, Finished, Mark, Sample, encode
from labs.experiments.spec import Change, SpecError
from tests.labs.experiments import reading
from tests.labs.experiments.reading import assert_declared, end, every_knob_turned, number, played
from tests.labs.experiments.witness import assert_witnessed

LAB = get("health-and-recovery")
SLUG = LAB.slug
FEW_SEEDS = range(1, 3)
QUIET: dict[str, Any] = {"schedule": "none", "rate_rps": 1.0, "probe_loss": 0.0, "slow_start_s": 0.0}
CRASHING: dict[str, Any] = {**QUIET, "crash_rate_per_h": 60.0, "interval_s": 1.0, "fall": 2, "repair_s": 5.0}
ALL_ARMS = tuple(arm.name for arm in LAB.arms)


events = partial(played, LAB)


def finished(*args: Any, **kwargs: Any) -> Finished:
    return end(events(*args, **kwargs))


def scene(name: str) -> Mapping[str, Any]:
    return reading.scene(LAB, name).parameters


# Theory


@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"fall": 1, "interval_s": 5.0, "rise": 3},
        {"fall": 4, "interval_s": 1.0, "crash_kind": "silent", "probe_timeout_s": 0.5, "probe_loss": 0.05},
    ],
)
def test_detection_and_return_take_half_an_interval_less_than_their_counts(chosen: dict[str, Any]) -> None:
    crashing = {**QUIET, "crash_rate_per_h": 60.0, **chosen}
    assert_witnessed(SLUG, "rise-fall", crashing, "detection_s", "return_s", seeds=range(1, 21), duration_s=150.0)


@pytest.mark.parametrize(
    "chosen",
    [
        {"probe_loss": 0.3, "fall": 2, "interval_s": 1.0},
        {"probe_loss": 0.5, "fall": 3, "interval_s": 0.5},
        {"probe_loss": 0.2, "fall": 1, "rise": 3, "interval_s": 1.0},
    ],
)
def test_live_servers_are_thrown_out_as_often_as_coins_say(chosen: dict[str, Any]) -> None:
    lossy = {**QUIET, "probe_timeout_s": 0.3, **chosen}
    assert_witnessed(SLUG, "rise-fall", lossy, "false_evictions_per_h", "wrongly_out_share", duration_s=150.0)


@pytest.mark.parametrize(
    "chosen",
    [
        {"interval_s": 1.0, "fall": 2, "rise": 1, "repair_s": 5.0},
        {"interval_s": 0.5, "fall": 3, "rise": 1, "repair_s": 3.0, "probe_timeout_s": 0.3},
        {"interval_s": 2.0, "fall": 1, "rise": 1, "repair_s": 4.0},
    ],
)
def test_crashes_cost_the_share_of_the_dead_among_those_in_the_pool(chosen: dict[str, Any]) -> None:
    crashing = {**QUIET, "rate_rps": 10.0, "crash_rate_per_h": 60.0, **chosen}
    assert_witnessed(SLUG, "rise-fall", crashing, "error_rate", seeds=range(1, 21), duration_s=150.0)


@pytest.mark.parametrize(
    "chosen",
    [{"rate_rps": 80.0}, {"rate_rps": 30.0, "outlier_failures": 3}, {"rate_rps": 40.0, "servers": 4, "outlier_failures": 10}],
)
def test_requests_find_a_dead_server_as_soon_as_enough_of_them_have_failed(chosen: dict[str, Any]) -> None:
    crash = {**QUIET, "schedule": "crash", "database_share": 0.0, "service_mean_s": 0.1, **chosen}
    assert_witnessed(SLUG, "outlier-ejection", crash, "detection_s", seeds=range(1, 21), duration_s=25.0)


@pytest.mark.parametrize(
    "chosen", [{"probe_loss": 0.3}, {"probe_loss": 0.4, "servers": 12}, {"probe_loss": 0.5, "interval_s": 5.0, "servers": 3}]
)
def test_the_naive_pool_empties_when_the_luckiest_server_has_lost_a_probe(chosen: dict[str, Any]) -> None:
    assert_witnessed(SLUG, "remove-for-good", {**QUIET, **chosen}, "empty_at_s", seeds=range(1, 41), duration_s=60.0)


@pytest.mark.parametrize("kind", ["refuses", "silent"])
def test_every_detection_lies_within_its_bounds(kind: str) -> None:
    """Between (fall - 1) intervals and fall intervals and a timeout; a request's trip of 5 ms apart."""
    for seed in range(1, 6):
        crash = {**QUIET, "schedule": "crash", "crash_kind": kind}
        found = finished(crash, ["rise-fall"], seed, 30.0).metrics["rise-fall"]
        assert 4.0 - 0.006 <= number(found, "detection_s") <= 7.0


def test_theory_stands_a_client_that_waits_for_five_thousand_times_the_work() -> None:
    busy = {
        **QUIET,
        "servers": 4,
        "slots": 1,
        "service_mean_s": 0.001,
        "rate_rps": 900.0,
        "timeout_s": 5.0,
        "crash_rate_per_h": 2.0,
    }
    spec = LAB.spec(parameters={**busy, "crash_kind": "refuses", "self_healing": False}, duration_s=LAB.duration.maximum)
    assert {form.metric for form in LAB.theory("rise-fall", spec)} >= {"detection_s", "error_rate"}


def test_theory_is_silent_and_says_why_where_its_assumptions_fail() -> None:
    cases: list[tuple[dict[str, Any], str, str, str]] = [
        ({"schedule": "none"}, "rise-fall", "detection_s", "no server crashes"),
        ({"schedule": "none", "queue_limit": 0}, "rise-fall", "wrongly_out_share", "full queues"),
        (
            {"crash_kind": "silent", "probe_client": "new", "handshake_s": 5.0},
            "rise-fall",
            "detection_s",
            "no probe is answered",
        ),
        ({"schedule": "crash", "gray_rate_per_h": 60.0}, "rise-fall", "detection_s", "not only crashes"),
        ({"schedule": "crash", "queue_limit": 0}, "outlier-ejection", "detection_s", "full queues"),
        ({"schedule": "crash", "outlier_failures": 100}, "outlier-ejection", "detection_s", "a sweep may find it"),
        ({**CRASHING, "timeout_s": 0.1}, "rise-fall", "error_rate", "client times out"),
        ({**QUIET, "panic_threshold": 1.0, "probe_loss": 0.2}, "panic-threshold", "wrongly_out_share", "in panic"),
        ({**CRASHING, "panic_threshold": 1.0}, "panic-threshold", "error_rate", "in panic"),
        ({"rate_rps": 330.0}, "rise-fall", "detection_s", "probes wait behind requests"),
        ({"probe_timeout_s": 5.0}, "rise-fall", "detection_s", "beyond the next one"),
        ({"repair_s": 5.0}, "rise-fall", "detection_s", "mended before"),
        ({"self_healing": True}, "rise-fall", "detection_s", "supervisor"),
        ({"probe_client": "new", "handshake_s": 2.0}, "rise-fall", "detection_s", "within its timeout"),
        ({}, "rise-fall", "return_s", "not only crashes"),
        ({}, "rise-fall", "false_evictions_per_h", "ill"),
        ({}, "rise-fall", "error_rate", "only random crashes"),
        ({"schedule": "none", "crash_rate_per_h": 60.0}, "rise-fall", "error_rate", "less than its share"),
        (
            {"schedule": "none", "crash_rate_per_h": 60.0, "slow_start_s": 0.0},
            "rise-fall",
            "error_rate",
            "so many servers are down",
        ),
        ({"crash_kind": "silent"}, "outlier-ejection", "detection_s", "timeout"),
        ({"rate_rps": 400.0}, "outlier-ejection", "detection_s", "overloaded"),
        ({}, "remove-for-good", "empty_at_s", "ill"),
        ({"schedule": "none", "probe_loss": 0.01}, "remove-for-good", "empty_at_s", "ends before"),
    ]
    for chosen, arm, metric, reason in cases:
        said = next(one for one in LAB.theory(arm, LAB.spec(parameters=chosen)) if one.metric == metric)
        assert said.value is None, (chosen, metric)
        assert reason in said.why_not, said.why_not


# What the page claims


@cache
def default_run(seed: int) -> Mapping[str, Metrics]:
    """At a quarter of the load: the same faults, for less work."""
    return finished({"rate_rps": 50.0}, (), seed).metrics


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_who_is_removed_for_good_is_missed_until_nobody_is_left(seed: int) -> None:
    found = default_run(seed)
    assert number(found["remove-for-good"], "empty_share") > 0.2
    assert number(found["remove-for-good"], "error_rate") > 2.0 * number(found["rise-fall"], "error_rate")
    assert found["remove-for-good"]["return_s"] is None
    assert number(found["rise-fall"], "return_s") < 6.0


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_a_deep_probe_of_a_shared_database_throws_out_the_whole_fleet(seed: int) -> None:
    found = default_run(seed)
    assert number(found["rise-fall"], "in_pool_min") == 0
    assert number(found["rise-fall"], "false_evictions") >= 8
    assert number(found["panic-threshold"], "error_rate") < 0.5 * number(found["rise-fall"], "error_rate")
    assert number(found["panic-threshold"], "empty_share") == 0.0
    shallow = finished({"depth": "shallow", "rate_rps": 20.0}, ("rise-fall",), seed).metrics["rise-fall"]
    assert number(shallow, "false_evictions") == 0
    assert shallow["gray_detection_s"] is None


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_requests_find_a_gray_server_long_before_deep_probes_do(seed: int) -> None:
    found = default_run(seed)
    assert number(found["outlier-ejection"], "gray_detection_s") < 2.5
    assert number(found["rise-fall"], "gray_detection_s") > 4.0


@pytest.mark.parametrize("seed", [1])
def test_overload_looks_like_illness_to_probes_that_wait_in_the_queue(seed: int) -> None:
    crowded = {"rate_rps": 340.0, "schedule": "none", "probe_loss": 0.0, "probe_timeout_s": 0.5}
    queued = finished(crowded, ("rise-fall", "combined"), seed, 40.0).metrics
    apart = finished({**crowded, "probes_queue": False}, ("rise-fall",), seed, 40.0).metrics["rise-fall"]
    assert number(queued["rise-fall"], "false_evictions") > 10
    assert number(queued["rise-fall"], "error_rate") > 3.0 * number(apart, "error_rate")
    assert number(queued["combined"], "error_rate") < 0.7 * number(queued["rise-fall"], "error_rate")
    assert number(apart, "false_evictions") == 0


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_liveness_that_asks_the_database_restarts_the_fleet(seed: int) -> None:
    chosen = {**scene("restarts"), "rate_rps": 60.0}
    shallow = finished(chosen, ("panic-threshold",), seed).metrics["panic-threshold"]
    deep = finished({**chosen, "liveness": "deep"}, ("panic-threshold",), seed).metrics["panic-threshold"]
    assert number(shallow, "restarts") == 0
    assert number(deep, "restarts") >= 8
    assert number(deep, "error_rate") > 1.8 * number(shallow, "error_rate")


def test_a_supervisor_brings_a_crashed_server_back_before_a_person_would() -> None:
    crash = {**QUIET, "schedule": "crash", "repair_s": 60.0, "rate_rps": 50.0}
    alone, healed = (
        finished({**crash, "self_healing": on}, ("rise-fall",), 1, 90.0).metrics["rise-fall"] for on in (False, True)
    )
    assert number(healed, "restarts") == 1
    assert number(healed, "in_pool_mean") > number(alone, "in_pool_mean") + 0.4


def test_a_new_client_for_each_probe_pays_the_handshake() -> None:
    tight = {**QUIET, "probe_timeout_s": 0.06}
    new, reused = (
        finished({**tight, "probe_client": client}, ("rise-fall",), 1, 60.0).metrics["rise-fall"]
        for client in ("new", "reused")
    )
    assert number(reused, "in_pool_min") == 8
    assert (number(new, "in_pool_min"), number(new, "empty_share")) == (0, 1.0)
    assert number(new, "connections_rps") == number(new, "probes_rps") > number(reused, "connections_rps") == 0.0


def test_an_outlier_rule_without_a_bound_empties_the_pool_by_itself() -> None:
    ill = {"schedule": "database", "outlier_failures": 3, "probe_loss": 0.0, "rate_rps": 150.0}
    bound, free = (
        finished({**ill, "max_ejected": share}, ("outlier-ejection",)).metrics["outlier-ejection"] for share in (0.3, 1.0)
    )
    assert number(bound, "in_pool_min") == 6
    assert number(free, "in_pool_min") == 0
    assert number(free, "error_rate") > 1.5 * number(bound, "error_rate")


def test_twice_as_often_and_twice_as_many_finds_as_fast_and_errs_less() -> None:
    lossy = {**QUIET, "probe_loss": 0.4, "probe_timeout_s": 0.3}
    slow, quick = (
        finished({**lossy, "interval_s": interval_s, "fall": fall}, ("rise-fall",), 1, 300.0).metrics["rise-fall"]
        for interval_s, fall in ((2.0, 2), (1.0, 4))
    )
    assert number(quick, "false_evictions_per_h") < 0.6 * number(slow, "false_evictions_per_h")


# Actions and knobs


def marks(said: list[Event], arm: str, value: str) -> list[Mark]:
    return [event for event in said if isinstance(event, Mark) and event.arm == arm and event.value == value]


def test_each_action_does_what_it_says() -> None:
    calm = {**QUIET, "rate_rps": 100.0}
    said = events(
        calm,
        ("panic-threshold",),
        duration_s=110.0,
        changes=[
            Change(12.0, "do", "crash", target="server-1"),
            Change(20.0, "do", "mend", target="server-1"),
            Change(30.0, "do", "gray", target="server-2"),
            Change(45.0, "do", "mend", target="server-2"),
            Change(55.0, "do", "database-down"),
            Change(62.0, "do", "database-up"),
            Change(70.0, "do", "cut-probes"),
            Change(85.0, "do", "restore-probes"),
            Change(100.0, "do", "mend", target="server-2"),
        ],
    )
    text = [event.text for event in said if isinstance(event, Mark) and event.arm]
    for wanted in ("server-1 crashes", "server-1 out: 3 bad probes", "server-1 is well again", "server-1 in: 2 good probes"):
        assert wanted in text
    assert [mark.t for mark in marks(said, "panic-threshold", "panic")] == pytest.approx([60.0, 75.0], abs=3.0)
    assert "server-2 is well already" in text
    samples = {event.t: event for event in said if isinstance(event, Sample)}
    assert [member.status for member in samples[13.0].nodes["servers"].members][:2] == ["dead but asked", "serving"]
    assert samples[31.0].nodes["servers"].members[1].status == "gray but asked"
    assert samples[58.0].nodes["database"].status == "down"
    assert samples[80.0].nodes["checker"].status == "cut off"
    assert samples[80.0].nodes["pool"].status == "panic"
    assert number(samples[60.0].values, "error_share") == pytest.approx(0.3, abs=0.2)


def test_an_action_knows_only_the_servers_of_its_run() -> None:
    with pytest.raises(SpecError, match="server-9"):
        LAB.spec(changes=[Change(1.0, "do", "crash", target="server-9")])
    LAB.spec(parameters={"servers": 9}, changes=[Change(1.0, "do", "crash", target="server-9")])


def test_every_knob_can_be_turned_while_it_plays() -> None:
    assert finished({}, ALL_ARMS, 1, 12.0, every_knob_turned(LAB)).requests > 500


def test_fall_and_panic_threshold_act_at_once() -> None:
    fast = finished(scene("crash"), ("rise-fall",), 1, 60.0, [Change(15.0, "set", "fall", 1)]).metrics["rise-fall"]
    assert number(fast, "detection_s") <= 2.01
    cut = [Change(12.0, "do", "cut-probes"), Change(30.0, "set", "panic_threshold", 0.0)]
    said = events({**QUIET, "rate_rps": 50.0}, ("panic-threshold",), 1, 40.0, cut)
    shares = {event.t: event.values["error_share"] for event in said if isinstance(event, Sample)}
    assert (shares[29.0], shares[35.0]) == (0.0, 1.0)


# The declaration


def test_goals_tick_off_by_themselves() -> None:
    restarting = [Change(80.0, "set", "liveness", "deep"), Change(80.0, "set", "self_healing", True)]
    storm = finished({"rate_rps": 100.0}, (), 1, None, restarting)
    gray = [Change(30.0, "do", "gray", target="server-1")]
    calm = finished({"schedule": "crash", "probe_loss": 0.0}, ("rise-fall", "outlier-ejection"), 1, 60.0, gray)
    assert set(storm.goals) == {"nobody-left", "friendly-fire", "fail-open", "crash-loop"}
    assert set(calm.goals) == {"gray", "calm"}


def test_every_metric_series_state_and_status_said_is_declared() -> None:
    assert_declared(LAB, events({"rate_rps": 50.0}, ALL_ARMS, duration_s=100.0))


def test_requests_that_come_are_those_that_end_and_shares_are_shares() -> None:
    ended = dict.fromkeys(LAB.default_arms, 0)
    for event in events({"crash_kind": "silent"}, duration_s=30.0):
        if isinstance(event, Sample):
            flow = event.flows["request"]
            ended[event.arm] += flow.ok + flow.slow + flow.failed + flow.rejected + flow.timed_out
        if isinstance(event, Finished):
            assert all(0 <= event.requests // len(ended) - count < 200 for count in ended.values())
            shares = [metric.name for metric in LAB.metrics if metric.name.endswith(("_share", "_rate"))]
            assert all(0.0 <= (values[name] or 0.0) <= 1.0 for values in event.metrics.values() for name in shares)


def test_equal_specs_give_equal_bytes_and_no_arm_sees_the_others() -> None:
    flaky = {"crash_rate_per_h": 60.0, "gray_rate_per_h": 60.0, "probe_loss": 0.2}
    first, second = ([encode(event) for event in events(flaky, ("rise-fall",), 3, 40.0)] for _ in range(2))
    assert first == second
    together = finished(flaky, ("rise-fall", "combined"), 3, 40.0)
    assert together.metrics["rise-fall"] == finished(flaky, ("rise-fall",), 3, 40.0).metrics["rise-fall"]


def test_a_run_ends_with_a_sentence_made_of_its_numbers() -> None:
    end = finished({"rate_rps": 20.0}, ("rise-fall", "panic-threshold"))
    assert f"{end.metrics['rise-fall']['error_rate']:.1%}" in end.sentence
    assert "Panic threshold" in end.sentence
