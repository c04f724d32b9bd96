"""The lab against theory, and each claim that its page makes, over several seeds."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pytest

from labs.experiments.catalogue import get
from labs.experiments.contract import Metrics
from labs.experiments.events import Event, Mark, NodeState, Sample, encode
from labs.experiments.spec import Change
from tests.labs.experiments import reading
from tests.labs.experiments.reading import end as finished
from tests.labs.experiments.reading import every_knob_turned, number
from tests.labs.experiments.witness import assert_witnessed, theory

SLUG = "rate-limiter"
LAB = get(SLUG)
SEEDS = range(1, 25)
GCRA_SEEDS = range(1, 9)
"""Fewer: it decides as the token bucket does, call by call."""
FEW_SEEDS = range(1, 3)
SMALL: dict[str, Any] = {"keys": 2, "limit": 10, "window_s": 2.0, "burst": 4}
STEADY: dict[str, Any] = {**SMALL, "pattern": "steady"}
LENGTH_S = 30.0


def events(
    parameters: Mapping[str, Any],
    arms: tuple[str, ...] = (),
    seed: int = 1,
    duration_s: float = 60.0,
    changes: Sequence[Change] = (),
) -> list[Event]:
    return reading.played(LAB, parameters, arms, seed, duration_s, changes)


@cache
def default_run(seed: int) -> Mapping[str, Metrics]:
    return finished(events({}, seed=seed)).metrics


def scene(name: str, seed: int, **chosen: Any) -> Mapping[str, Metrics]:
    found = reading.scene(LAB, name)
    return finished(events({**found.parameters, **chosen}, found.arms, seed, 45.0)).metrics


# Theory


@pytest.mark.parametrize("rate_rps", [6.0, 10.0, 16.0])
@pytest.mark.parametrize("arm", ["sliding-log", "fixed-window", "naive-log", "token-bucket", "gcra"])
def test_the_share_admitted_of_steady_traffic_is_what_theory_says(arm: str, rate_rps: float) -> None:
    chosen = {**STEADY, "rate_rps": rate_rps}
    seeds = SEEDS if arm != "gcra" else GCRA_SEEDS
    assert_witnessed(SLUG, arm, chosen, "goodput_rps", "rejected_rate", seeds=seeds, duration_s=LENGTH_S)


@pytest.mark.parametrize("rate_rps", [6.0, 10.0, 16.0])
def test_the_leaky_bucket_admits_and_holds_back_as_theory_says(rate_rps: float) -> None:
    chosen, metrics = {**STEADY, "rate_rps": rate_rps}, ("goodput_rps", "rejected_rate", "mean_wait_s")
    assert_witnessed(SLUG, "leaky-bucket", chosen, *metrics, seeds=SEEDS, duration_s=LENGTH_S)


@pytest.mark.parametrize("pattern", ["bursty", "edge-of-window"])
@pytest.mark.parametrize("arm", ["fixed-window", "naive-log"])
def test_where_calls_come_unevenly_two_arms_still_have_a_theory(arm: str, pattern: str) -> None:
    chosen = {**SMALL, "pattern": pattern, "rate_rps": 9.0}
    assert_witnessed(SLUG, arm, chosen, "goodput_rps", "rejected_rate", seeds=SEEDS, duration_s=LENGTH_S)


def test_coarse_ticks_are_in_the_theory_of_the_naive_log() -> None:
    chosen = {**STEADY, "rate_rps": 16.0, "tick_ms": 200.0}
    assert_witnessed(SLUG, "naive-log", chosen, "goodput_rps", seeds=SEEDS, duration_s=LENGTH_S)


@pytest.mark.parametrize("limit", [25, 35, 45])
@pytest.mark.parametrize(("arm", "peak"), [("fixed-window", 2.0), ("sliding-log", 1.0), ("sliding-window-counter", None)])
def test_around_an_edge_each_arm_lets_through_what_it_promises_at_the_worst(arm: str, peak: float | None, limit: int) -> None:
    chosen: dict[str, Any] = {"pattern": "edge-of-window", "limit": limit, "window_s": 4.0, "keys": 2, "rate_rps": 2.0 * limit}
    assert_witnessed(SLUG, arm, chosen, "peak_window_share", seeds=FEW_SEEDS, duration_s=30.0)
    assert peak is None or theory(SLUG, arm, chosen, 30.0)["peak_window_share"].value == peak


@pytest.mark.parametrize(
    ("arm", "metric", "chosen", "reason"),
    [
        ("sliding-log", "goodput_rps", {}, "unevenly"),
        ("gcra", "goodput_rps", {"pattern": "bursty"}, "unevenly"),
        ("sliding-log", "goodput_rps", {"pattern": "steady", "window_s": 20.0}, "warm-up"),
        ("sliding-log", "goodput_rps", {"pattern": "steady", "clock_skew_s": 5.0, "time_from": "host"}, "clocks"),
        ("sliding-log", "goodput_rps", {"pattern": "steady", "rate_rps": 75.0}, "repeats its first window"),
        ("naive-log", "goodput_rps", {"pattern": "steady", "clock_skew_s": 5.0}, "clocks"),
        ("gcra", "peak_window_share", {"clock_skew_s": 5.0, "time_from": "host"}, "clocks"),
        ("gcra", "peak_window_share", {"round_trip_s": 0.1}, "within the timeout"),
        ("fixed-window", "goodput_rps", {"round_trip_s": 0.1}, "within the timeout"),
        ("naive-log", "goodput_rps", {"naive_denied": "taken-back"}, "taken back"),
        ("token-bucket", "goodput_rps", {"pattern": "steady", "burst": 2000, "limit": 1}, ""),
        ("sliding-window-counter", "goodput_rps", {}, "no closed form"),
        (
            "sliding-window-counter",
            "peak_window_share",
            {"pattern": "edge-of-window", "rate_rps": 200.0},
            "just as the calls stop",
        ),
        ("fixed-window", "peak_window_share", {}, "around an edge"),
        ("fixed-window", "peak_window_share", {"pattern": "edge-of-window"}, "do not fill it"),
    ],
)
def test_theory_says_which_of_its_assumptions_fails(arm: str, metric: str, chosen: dict[str, Any], reason: str) -> None:
    said = theory(SLUG, arm, chosen)[metric]
    assert reason in said.why_not
    assert (said.value is None) is bool(reason)


@pytest.mark.parametrize(
    "chosen",
    [
        {"limit": 1, "window_s": 60.0, "rate_rps": 200.0, "keys": 1, "tick_ms": 0.001},
        {"limit": 10_000, "window_s": 0.5, "rate_rps": 1.0, "keys": 1000, "pattern": "edge-of-window", "tick_ms": 0.001},
        {"limit": 10_000, "rate_rps": 0.1, "keys": 1000, "tick_ms": 1000.0, "burst": 2000},
    ],
)
@pytest.mark.parametrize("arm", [arm.name for arm in LAB.arms])
def test_theory_has_an_answer_or_a_reason_at_the_ends_of_the_ranges(arm: str, chosen: dict[str, Any]) -> None:
    for said in theory(SLUG, arm, chosen).values():
        assert said.why_not or (said.value is not None and said.value >= 0.0)


def test_skewed_clocks_are_no_matter_while_the_store_tells_the_time() -> None:
    assert theory(SLUG, "sliding-log", {"pattern": "steady", "clock_skew_s": 5.0})["goodput_rps"].value is not None


# What the page claims


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_by_default_each_arm_shows_its_character(seed: int) -> None:
    found = default_run(seed)
    assert number(found["sliding-log"], "log_error_rate") == 0.0
    assert number(found["sliding-log"], "peak_window_share") <= 1.0
    assert 1.2 < number(found["fixed-window"], "peak_window_share") <= 2.0
    assert number(found["naive-log"], "goodput_rps") < 0.7 * number(found["sliding-log"], "goodput_rps")
    assert number(found["leaky-bucket"], "peak_rps") < 0.5 * number(found["token-bucket"], "peak_rps")
    assert number(found["naive-log"], "retry_after_s") == 10.0
    assert number(found["sliding-log"], "retry_after_s") < 2.0


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_gcra_and_the_token_bucket_are_one(seed: int) -> None:
    token, gcra = (dict(default_run(seed)[arm]) for arm in ("token-bucket", "gcra"))
    assert token.pop("bytes_per_key") == 72.0
    assert gcra.pop("bytes_per_key") == 56.0
    assert token == pytest.approx(gcra, rel=1e-9)


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_buckets_admit_at_most_their_burst_and_the_rate(seed: int) -> None:
    for arm in ("token-bucket", "gcra"):
        most = theory(SLUG, arm, {})["peak_window_share"].value
        assert most == (20 + 100) / 100
        assert 0.5 * most < number(default_run(seed)[arm], "peak_window_share") <= most
    assert number(default_run(seed)["leaky-bucket"], "peak_window_share") <= 1.0, "they leave evenly"


@pytest.mark.parametrize("arm", ["token-bucket", "gcra"])
def test_a_full_bucket_and_a_rush_that_goes_on_reach_the_bound(arm: str) -> None:
    """The rush begins while the measured time runs, and lasts a window."""
    rush = (Change(20.0, "set", "rate_rps", 200.0),)
    idle: dict[str, Any] = {"pattern": "steady", "keys": 1, "rate_rps": 1.0}
    found = finished(events(idle, (arm,), duration_s=40.0, changes=rush)).metrics[arm]
    most = theory(SLUG, arm, idle)["peak_window_share"].value
    assert most is not None
    assert most - 0.02 <= number(found, "peak_window_share") <= most


def test_how_far_a_run_stays_below_a_bound_is_no_deviation() -> None:
    said = {one.metric: one for one in finished(events({}, ("gcra",))).theory["gcra"]}["peak_window_share"]
    assert (said.value, said.measured is None, said.deviation) == (1.2, False, None)


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_above_the_limit_the_naive_log_is_a_trap(seed: int) -> None:
    below, above = scene("trap", seed), scene("trap", seed, rate_rps=40.0)
    assert number(below["naive-log"], "goodput_rps") > 10.0
    assert number(above["naive-log"], "goodput_rps") == 0.0
    assert number(above["naive-log"], "longest_dry_s") > 35.0
    assert number(above["sliding-log"], "goodput_rps") > 19.0


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_calls_in_one_tick_hide_behind_each_other(seed: int) -> None:
    flood = {"pattern": "steady", "keys": 1, "rate_rps": 100.0, "tick_ms": 200.0}
    shared, unique = (
        finished(events({**flood, "naive_member": member}, ("naive-log",), seed, 30.0)).metrics["naive-log"]
        for member in ("time", "unique")
    )
    assert number(shared, "peak_window_share") > 5.0
    assert number(unique, "goodput_rps") == 0.0


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_a_second_round_trip_takes_the_trap_away(seed: int) -> None:
    chosen = {"pattern": "steady", "rate_rps": 100.0, "naive_member": "unique", "naive_denied": "taken-back"}
    naive = finished(events(chosen, ("naive-log",), seed, 40.0)).metrics["naive-log"]
    assert number(naive, "goodput_rps") == pytest.approx(50.0, rel=0.02)
    assert 1.4 < number(naive, "round_trips_per_check") < 1.6
    assert number(default_run(seed)["sliding-log"], "round_trips_per_check") == pytest.approx(1.0, abs=0.001)


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_hosts_clocks_break_the_log_and_part_gcra_from_the_token_bucket(seed: int) -> None:
    by_store, by_host = scene("clocks", seed), scene("clocks", seed, time_from="host")
    assert number(by_store["sliding-log"], "peak_window_share") <= 1.0
    assert number(by_host["sliding-log"], "peak_window_share") > 1.3
    assert number(by_store["gcra"], "goodput_rps") == number(by_store["token-bucket"], "goodput_rps")
    assert number(by_host["token-bucket"], "goodput_rps") == pytest.approx(20.0, rel=0.03)
    assert number(by_host["gcra"], "goodput_rps") < 12.0


@pytest.mark.parametrize("action", ["kill", "freeze"])
@pytest.mark.parametrize("policy", ["open", "closed", "local"])
def test_without_the_store_the_policy_decides(policy: str, action: str) -> None:
    """Of the calls that come while the store is away, the share that goes on to the service."""
    chosen = {"pattern": "steady", "rate_rps": 30.0, "keys": 2, "store_down": policy}
    away = (Change(20.0, "do", action), Change(40.0, "do", "revive"))
    said = events(chosen, ("sliding-log",), changes=away)
    admitted = [one.values["admitted_rps"] or 0.0 for one in said if isinstance(one, Sample) and 21.0 < one.t <= 40.0]
    if policy == "open":
        assert sum(admitted) / len(admitted) == pytest.approx(30.0, rel=0.1)
    elif policy == "closed":
        assert sum(admitted) == 0.0
        assert number(finished(said).metrics["sliding-log"], "unavailable_rate") > 0.3
    else:
        assert sum(admitted) / len(admitted) == pytest.approx(20.0, rel=0.1)
    waits_s = number(finished(said).metrics["sliding-log"], "p99_s")
    assert waits_s < 0.01 if action == "kill" else waits_s == pytest.approx(0.05, rel=0.1)


def test_a_killed_store_forgets_and_a_frozen_one_counts_who_has_left() -> None:
    chosen = {"pattern": "steady", "rate_rps": 20.0, "keys": 2, "limit": 40}
    admitted = {}
    for action in ("kill", "freeze"):
        said = events(chosen, ("sliding-log",), changes=(Change(30.0, "do", action), Change(38.0, "do", "revive")))
        after = [one.values["admitted_rps"] or 0.0 for one in said if isinstance(one, Sample) and 38.0 < one.t <= 40.0]
        admitted[action] = sum(after) / len(after)
    assert admitted["kill"] > 15.0, "its counts are empty"
    assert admitted["freeze"] == 0.0, "it is busy with the calls of eight seconds"


def test_a_round_trip_beyond_the_timeout_leaves_every_node_on_its_own() -> None:
    found = finished(events({"round_trip_s": 0.1}, ("gcra",))).metrics["gcra"]
    assert number(found, "blind_rate") == 1.0
    assert number(found, "rejected_rate") == 0.0


def test_one_more_entry_makes_a_log_cost_nearly_three_times_as_much() -> None:
    flood = {"pattern": "steady", "rate_rps": 150.0, "keys": 3}
    packed, tree = (
        number(
            finished(events({**flood, "limit": limit}, ("sliding-log",), duration_s=30.0)).metrics["sliding-log"],
            "bytes_per_key",
        )
        for limit in (128, 129)
    )
    assert tree / packed == pytest.approx(2.7, abs=0.1)


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_the_naive_logs_memory_grows_with_the_attack_and_the_logs_with_the_limit_alone(seed: int) -> None:
    calm, attack = (
        finished(
            events({"pattern": "steady", "rate_rps": rate, "naive_member": "unique"}, ("naive-log", "sliding-log"), seed, 20.0)
        )
        for rate in (40.0, 300.0)
    )
    grown = {
        arm: number(attack.metrics[arm], "bytes_per_key") / number(calm.metrics[arm], "bytes_per_key") for arm in calm.metrics
    }
    assert grown["naive-log"] > 8.0
    assert grown["sliding-log"] < 1.5


# The declaration


def test_luck_and_traffic_are_the_same_for_every_arm() -> None:
    flows = {arm.name: 0 for arm in LAB.arms}
    for event in events({}, tuple(flows)):
        if isinstance(event, Sample):
            flow = event.flows["call"]
            flows[event.arm] += flow.ok + flow.rejected + flow.failed
    held = flows.pop("leaky-bucket")
    assert len(set(flows.values())) == 1
    assert 0 <= max(flows.values()) - held < 100


def test_nodes_say_what_they_are_at() -> None:
    found: set[str] = set()
    stores: set[str] = set()
    for event in events({"nodes": 3}, ("gcra",), changes=(Change(20.0, "do", "kill"), Change(30.0, "do", "revive"))):
        if isinstance(event, Sample):
            limiter: NodeState = event.nodes["limiter"]
            assert [member.name for member in limiter.members] == ["node-1", "node-2", "node-3"]
            found |= {member.status for member in limiter.members} | {limiter.status}
            stores.add(event.nodes["store"].status)
    assert found == {"counting", "limited", "cut off"}
    assert stores == {"up", "down"}


def test_a_run_ends_with_a_sentence_made_of_its_numbers() -> None:
    end = finished(events({}))
    assert f"{end.metrics['fixed-window']['peak_window_share']:.2f} times the limit" in end.sentence
    assert "bytes" in end.sentence
    assert finished(events({}, ("gcra",))).sentence.startswith("“GCRA” let its busiest key have")
    assert "Nothing was measured" in finished(events({}, duration_s=10.0)).sentence


def test_the_busiest_window_is_said_of_windows_after_the_warm_up_alone() -> None:
    short, whole = (finished(events({}, ("gcra", "sliding-log"), duration_s=duration_s)) for duration_s in (19.0, 25.0))
    assert short.metrics["gcra"]["peak_window_share"] is None
    assert short.sentence.startswith("Nothing was measured")
    assert number(whole.metrics["gcra"], "peak_window_share") > 0.5
    denied = finished(events({**STEADY, "rate_rps": 40.0}, ("naive-log",), duration_s=30.0))
    assert denied.metrics["naive-log"]["peak_window_share"] == 0.0, "nobody is admitted any more"


@pytest.mark.parametrize(
    ("goals", "parameters", "changes"),
    [
        (
            {"double", "trap"},
            {"pattern": "edge-of-window"},
            ((0.0, "set", "rate_rps", 100.0), (25.0, "set", "pattern", "steady")),
        ),
        ({"collide"}, {"keys": 1, "rate_rps": 9.6}, ((1.0, "set", "tick_ms", 100.0),)),
        ({"skew"}, {"pattern": "steady", "rate_rps": 80.0, "clock_skew_s": 8.0}, ((20.0, "set", "time_from", "host"),)),
        ({"outage"}, {}, ((20.0, "do", "kill", None), (25.0, "do", "revive", None))),
        ({"smooth"}, {}, ((1.0, "set", "burst", 100),)),
        ({"heavy"}, {"pattern": "steady", "keys": 1}, ((10.0, "set", "limit", 300),)),
    ],
)
def test_goals_tick_off_by_themselves(goals: set[str], parameters: dict[str, Any], changes: tuple[Any, ...]) -> None:
    arms = ("naive-log", "sliding-log", "fixed-window") if goals & {"double", "trap"} else ()
    said = events(parameters, arms, changes=tuple(Change(*change) for change in changes), duration_s=60.0)
    assert goals <= set(finished(said).goals)
    assert goals <= {event.value for event in said if isinstance(event, Mark) and event.kind == "goal"}


def test_an_untouched_run_meets_no_goal() -> None:
    assert finished(events({})).goals == ()


def test_every_knob_can_be_turned_while_it_plays() -> None:
    arms = tuple(arm.name for arm in LAB.arms)
    assert finished(events({}, arms, duration_s=20.0, changes=every_knob_turned(LAB))).t == 20.0


@pytest.mark.parametrize(
    "order", [("kill", "freeze", "revive"), ("freeze", "kill", "revive"), ("revive", "kill", "kill", "revive", "revive")]
)
def test_actions_may_come_in_any_order(order: tuple[str, ...]) -> None:
    changes = tuple(Change(12.0 + place, "do", action) for place, action in enumerate(order))
    said = events({}, ("gcra", "naive-log"), duration_s=30.0, changes=changes)
    last = [event for event in said if isinstance(event, Sample)][-1]
    assert last.nodes["store"].status == "up"
    assert last.values["blind_share"] in (0.0, None)


def test_a_killed_store_cannot_be_frozen() -> None:
    changes = tuple(Change(12.0 + place, "do", action) for place, action in enumerate(("kill", "freeze")))
    last = [event for event in events({}, ("gcra",), duration_s=16.0, changes=changes) if isinstance(event, Sample)][-1]
    assert last.nodes["store"].status == "down"


def test_the_same_spec_says_the_same_bytes() -> None:
    once, again = ([encode(event) for event in events({}, duration_s=20.0, seed=7)] for _ in range(2))
    assert once == again
