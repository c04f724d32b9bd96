"""Knobs and actions act while it plays, goals can be reached, and a run is a value."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from labs.experiments.events import encode
from labs.experiments.load_balancer.central import CentralQueue
from labs.experiments.load_balancer.keys import Keys
from labs.experiments.load_balancer.knobs import GROUP, SPARES
from labs.experiments.load_balancer.machines import means_s, speeds, weights
from labs.experiments.settings import Settings
from labs.experiments.spec import SpecError
from labs.measurement.recorder import Samples
from tests.labs.experiments.load_balancer.runs import CALM, LAB, do, end_of, marks, members, number, played, samples, turn

ONE = ["two-choices"]


def settings(**chosen: Any) -> Settings:
    return Settings(LAB.spec(parameters=chosen).parameters)


# Actions


def test_kill_fails_what_is_inside_until_the_health_check_notices_and_restore_takes_as_long() -> None:
    changes = [do(15.0, "kill", "server-3"), do(25.0, "restore", "server-3")]
    events = played({**CALM, "detection_s": 2.0}, ["random"], changes, duration_s=35.0)
    by_time = {sample.t: sample for sample in samples(events, "random")}
    assert by_time[16.0].values["error_share"] == pytest.approx(1 / 6, abs=0.12)
    assert by_time[19.0].values["error_share"] == 0.0
    assert by_time[20.0].rows["server_rps"][2] == 0.0
    assert by_time[26.0].rows["server_rps"][2] == 0.0
    assert (by_time[29.0].rows["server_rps"][2] or 0.0) > 5.0
    assert [members(by_time[t])["server-3"].status for t in (14.0, 16.0, 30.0)] == ["ready", "dead", "ready"]
    said = [mark.text for mark in marks(events, "fault")]
    assert said == [
        "server-3 died",
        "server-3 is no longer picked",
        "server-3 is well again",
        "server-3 is picked again",
    ]


def test_slow_and_restore_change_one_server_only() -> None:
    events = played(CALM, ["round-robin"], [do(12.0, "slow", "server-1"), do(20.0, "restore", "server-1")], duration_s=40.0)
    by_time = {sample.t: sample for sample in samples(events, "round-robin")}
    queues = by_time[20.0].rows["server_queue"]
    assert (queues[0] or 0.0) > 4.0 * max(queue or 0.0 for queue in queues[1:6])
    assert members(by_time[16.0])["server-1"].status == "slow"
    assert members(by_time[22.0])["server-1"].status == "ready"


def test_added_servers_join_once_they_were_found_well_and_no_more_than_there_are_spares() -> None:
    adds = [do(12.0 + number, "add") for number in range(SPARES + 1)]
    events = played({**CALM, "rate_rps": 130.0, "detection_s": 3.0}, ONE, adds, duration_s=40.0)
    by_time = {sample.t: sample for sample in samples(events, ONE[0])}
    assert [len(members(by_time[t])) for t in (12.0, 13.0, 14.0, 30.0)] == [6, 7, 8, 8]
    assert by_time[14.0].rows["server_rps"][6] == 0.0
    assert (by_time[20.0].rows["server_rps"][6] or 0.0) > 5.0
    assert marks(events, "note")[0].text == f"no more than {SPARES} servers can be added"


def test_shares_of_the_servers_count_the_added_ones() -> None:
    """In an overload all eight work all the time, and have a crowd."""
    adds = [do(0.0, "add"), do(0.0, "add")]
    found = end_of(played({**CALM, "rate_rps": 400.0}, ONE, adds, duration_s=20.0)).metrics[ONE[0]]
    for share in ("utilization", "busiest_share", "crowded_share"):
        assert found[share] == pytest.approx(1.0, abs=0.01)
        assert number(found, share) <= 1.0


def test_what_makes_no_sense_now_is_a_note_and_nothing_else() -> None:
    changes = [
        do(2.0, "restore", "server-1"),
        do(3.0, "kill", "server-1"),
        do(4.0, "kill", "server-1"),
        do(5.0, "slow", "server-2"),
        do(6.0, "slow", "server-2"),
        do(7.0, "kill", "server-8"),
    ]
    events = played(CALM, ONE, changes, duration_s=12.0)
    assert [mark.text for mark in marks(events, "note")] == [
        "server-1 is well already",
        "server-1 is dead already",
        "server-2 is slow already",
        "server-8 is not there",
    ]


def test_actions_are_aimed_at_servers_that_there_may_be() -> None:
    with pytest.raises(SpecError, match="one of server-1, server-2, server-3, server-4, not 'server-5'"):
        LAB.spec(parameters={"servers": 2}, changes=[do(1.0, "kill", "server-5")])
    assert LAB.spec(parameters={"servers": 2}, changes=[do(1.0, "kill", "server-4")]).changes


def test_everybody_may_die_and_be_restored() -> None:
    kills = [do(11.0, "kill", f"server-{number}") for number in range(1, 7)]
    heals = [do(20.0, "restore", f"server-{number}") for number in range(1, 7)]
    events = played(CALM, [arm.name for arm in LAB.arms], [*kills, *heals], duration_s=30.0)
    for arm in LAB.arms:
        by_time = {sample.t: sample for sample in samples(events, arm.name)}
        assert by_time[19.0].values["error_share"] == 1.0
        assert by_time[19.0].nodes["balancer"].status == "nobody to send to"
        assert by_time[30.0].values["error_share"] == 0.0
        assert by_time[30.0].nodes["balancer"].status == "sending"


# Scheduled things


def test_the_incident_begins_and_ends_in_time() -> None:
    for incident, text in (("slow", "server-2 takes 4 times as long"), ("kill", "server-2 died")):
        chosen = {"incident": incident, "incident_start_s": 12.0, "incident_s": 8.0}
        found = [(mark.t, mark.text) for mark in marks(played(chosen, ONE, duration_s=30.0), "fault")]
        assert found[0] == (12.0, text)
        assert (20.0, "server-2 is well again") in found


def test_servers_are_taken_out_finish_what_they_have_and_come_back() -> None:
    events = played({**CALM, "churn_per_min": 20.0, "out_s": 4.0}, ["least-connections"], duration_s=60.0)
    said = [mark.text for mark in marks(events, "fault")]
    assert sum("taken out" in text for text in said) > 8
    assert sum("back in the pool" in text for text in said) > 7
    assert end_of(events).metrics["least-connections"]["error_rate"] == 0.0


def test_the_last_server_is_never_taken_out() -> None:
    events = played({**CALM, "servers": 2, "rate_rps": 10.0, "churn_per_min": 60.0}, ONE, duration_s=20.0)
    assert end_of(events).metrics[ONE[0]]["error_rate"] == 0.0


# Knobs


@pytest.mark.parametrize(
    ("knob", "value", "arm"),
    [
        ("rate_rps", 40.0, "random"),
        ("service_mean_s", 0.02, "random"),
        ("service_cv", 0.0, "random"),
        ("speed_spread", 8.0, "random"),
        ("weights", "equal", "weighted-random"),
        ("slowdown", 20.0, "two-choices"),
        ("detection_s", 8.0, "random"),
        ("churn_per_min", 30.0, "random"),
        ("out_s", 1.0, "random"),
        ("key_skew", 2.0, "consistent-hash"),
        ("load_bound", "1.25", "consistent-hash"),
        ("decay_s", 0.1, "peak-ewma"),
        ("failure_s", 0.0, "peak-ewma"),
    ],
)
def test_knobs_act_while_it_plays(knob: str, value: Any, arm: str) -> None:
    eventful = {"incident": "kill" if knob in ("detection_s", "failure_s") else "slow", "incident_start_s": 4.0}
    chosen = {**eventful, "speed_spread": 4.0, "weights": "matched", "churn_per_min": 10.0, "out_s": 5.0}
    steady = samples(played(chosen, [arm], duration_s=20.0), arm)
    turned = samples(played(chosen, [arm], [turn(3.0, knob, value)], duration_s=20.0), arm)
    assert steady[:2] == turned[:2]
    assert steady[3:] != turned[3:]


def test_each_knob_that_decides_the_build_is_marked_so() -> None:
    assert {knob.name for knob in LAB.knobs if knob.before_run_only} == {
        "keys",
        "servers",
        "incident",
        "incident_start_s",
        "incident_s",
        "balancers",
        "virtual_nodes",
        "follow_health",
        "count_requests",
        "counter",
    }


def test_the_capacity_stays_whatever_the_spread() -> None:
    for spread in (1.0, 3.0, 20.0):
        chosen = settings(speed_spread=spread)
        assert sum(speeds(chosen)[:6]) == pytest.approx(6.0)
        assert max(speeds(chosen)[:6]) / min(speeds(chosen)[:6]) == pytest.approx(spread)
        assert means_s(chosen)[6] == 0.05
    assert weights(settings(speed_spread=4.0, weights="reversed"))[:6] == speeds(settings(speed_spread=4.0))[:6][::-1]
    assert speeds(settings(servers=1, speed_spread=20.0))[0] == pytest.approx(1.0)


def test_keys_follow_zipf() -> None:
    keys = Keys(3, 1.0)
    assert keys.shares == pytest.approx([6 / 11, 3 / 11, 2 / 11])
    assert [keys.name(draw) for draw in (0.0, 0.54, 0.55, 0.81, 0.82, 0.999999999)] == [
        "key-1",
        "key-1",
        "key-2",
        "key-2",
        "key-3",
        "key-3",
    ]


def test_one_queue_for_all_by_hand() -> None:
    times = Samples()
    queue = CentralQueue(times)
    assert queue.next(0.0) is None
    queue.join(0, 0.0)
    queue.join(0, 5.0)
    queue.join(1, 0.0)
    for at_s, work_s in ((0.0, 4.0), (1.0, 1.0), (1.5, 1.0), (3.5, 1.0)):
        begun_s, server = queue.next(at_s) or (-1.0, -1)
        queue.work(at_s, begun_s, server, work_s)
    times.close_bin(10.0, measured=True)
    assert times.mean == pytest.approx((4.0 + 1.0 + 1.5 + 1.0) / 4)
    queue.leave(1)
    assert queue.next(3.6) == (4.0, 0)


# What is shown


def test_rows_are_as_many_as_there_may_be_servers_and_empty_where_there_is_none() -> None:
    sample = samples(played(CALM, ONE, duration_s=3.0), ONE[0])[-1]
    heat = {series.name: series.rows for series in LAB.series if series.kind == "heat"}
    assert set(sample.rows) == set(heat)
    for name, row in sample.rows.items():
        assert len(row) == len(heat[name]) == GROUP
        assert set(row[6:]) == {None}
    assert None not in sample.rows["server_queue"][:6]


def test_what_is_drawn_is_what_the_callers_wait_for() -> None:
    for sample in samples(played({}, ONE, duration_s=60.0), ONE[0]):
        drawn = sum(member.busy + member.queued for member in sample.nodes["servers"].members)
        assert drawn == sample.nodes["client"].busy


def test_metrics_series_and_flows_are_those_declared() -> None:
    events = played({"servers": 1, "rate_rps": 5.0}, [arm.name for arm in LAB.arms], duration_s=4.0)
    lines = {series.name for series in LAB.series if series.kind != "heat"}
    for arm in LAB.arms:
        assert {metric.name for metric in LAB.metrics} == set(end_of(events).metrics[arm.name])
        sample = samples(events, arm.name)[0]
        assert set(sample.values) == lines
        assert set(sample.flows) == {edge.id for edge in LAB.topology.edges}


def test_a_run_that_ends_in_its_warm_up_says_so() -> None:
    assert end_of(played({}, duration_s=5.0)).sentence.startswith("Nothing was measured")


# Goals


@pytest.mark.parametrize(
    ("goal", "parameters", "arms", "changes", "duration_s"),
    [
        ("ten-times", {}, ["random", "two-choices"], [], 80.0),
        ("black-hole", {**CALM, "detection_s": 5.0}, ["least-connections"], [do(15.0, "kill", "server-2")], 30.0),
        ("kill-and-restore", CALM, ["random"], [do(12.0, "kill", "server-2"), do(16.0, "restore", "server-2")], 35.0),
        ("worth-looking", CALM, ["random", "least-connections"], [turn(15.0, "rate_rps", 112.0)], 80.0),
        ("even-hand", CALM, ["weighted-random", "smooth-weighted-round-robin"], [], 20.0),
        ("nobody-counts", {**CALM, "count_requests": False}, ["least-connections"], [], 15.0),
        ("few-move", CALM, ["consistent-hash"], [do(12.0, "add")], 25.0),
    ],
)
def test_goals_can_be_reached(goal: str, parameters: Any, arms: list[str], changes: list[Any], duration_s: float) -> None:
    assert goal in end_of(played(parameters, arms, changes, duration_s=duration_s)).goals


def test_each_goal_has_a_test_and_none_is_given_away_in_a_short_calm_run() -> None:
    assert len(LAB.goals) == 7
    assert end_of(played(CALM, duration_s=12.0)).goals == ()


# A run is a value


def test_the_same_spec_gives_the_same_bytes_in_another_process_with_another_hash_seed() -> None:
    program = (
        "from hashlib import sha256; from labs.experiments.catalogue import get; from labs.experiments.events import encode;"
        "from labs.experiments.simulate import simulate; lab = get('load-balancer');"
        "spec = lab.spec(parameters={'churn_per_min': 20.0, 'balancers': 3}, arms=[a.name for a in lab.arms], duration_s=12.0);"
        "print(sha256(b'\\n'.join(map(encode, simulate(spec)))).hexdigest())"
    )
    root = Path(__file__).parents[4]
    found = {
        subprocess.run(
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, cwd=root, capture_output=True, check=True, text=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def test_events_up_to_a_change_are_the_same_bytes_without_it() -> None:
    changed = played({}, ONE, [do(8.5, "kill", "server-1")], duration_s=12.0)
    steady = played({}, ONE, duration_s=12.0)
    until = [encode(event) for event in steady if getattr(event, "t", 0.0) <= 8.0]
    assert [encode(event) for event in changed][: len(until)] == until
