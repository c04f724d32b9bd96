"""The lab against theory, and each claim that its page makes, over several seeds."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from typing import Any

import pytest

from labs.experiments.catalogue import get
from labs.experiments.connection_pool.database import DatabasePlan, QueryFailed
from labs.experiments.connection_pool.simulated_database import SimulatedDatabase
from labs.experiments.contract import Metrics
from labs.experiments.events import Finished, Mark, Prediction, Sample
from labs.experiments.simulated_world import SimulatedWorld
from labs.experiments.spec import Change
from labs.simulation.loop import VirtualLoop
from labs.simulation.randomness import Streams
from tests.labs.experiments import reading
from tests.labs.experiments.reading import end, every_knob_turned, number
from tests.labs.experiments.witness import assert_witnessed, theory

LAB = get("connection-pool")
SEEDS = range(1, 7)
FEW_SEEDS = range(1, 3)
STEADY: dict[str, Any] = {"surge": 1.0}
EARLY: dict[str, Any] = {"surge_start_s": 12.0}


def played(
    parameters: Mapping[str, Any],
    *arms: str,
    seed: int = 1,
    duration_s: float = 40.0,
    changes: Sequence[Change] = (),
) -> list[Any]:
    return reading.played(LAB, parameters, arms, seed, duration_s, changes)


def metrics(
    parameters: Mapping[str, Any], *arms: str, seed: int = 1, duration_s: float = 40.0, changes: Sequence[Change] = ()
) -> Mapping[str, Metrics]:
    return end(played(parameters, *arms, seed=seed, duration_s=duration_s, changes=changes)).metrics


def samples(events: list[Any], arm: str, from_s: float) -> list[Sample]:
    return [event for event in events if isinstance(event, Sample) and event.arm == arm and event.t > from_s]


def said(arm: str, **parameters: Any) -> dict[str, Prediction]:
    return theory("connection-pool", arm, parameters)


# Theory


@pytest.mark.parametrize(
    ("arm", "chosen", "duration_s"),
    [
        ("size-5", {"rate_rps": 70.0}, 45.0),
        ("knob", {"pool_size": 8, "rate_rps": 120.0, "acquire_timeout_s": 2.0}, 30.0),
        ("size-2", {"rate_rps": 60.0, "instances": 3}, 40.0),
        ("size-2", {"rate_rps": 30.0, "borrow_forever": True, "pool": "naive"}, 80.0),
    ],
)
def test_patient_borrowers_wait_as_erlang_says(arm: str, chosen: dict[str, Any], duration_s: float) -> None:
    names = ("mean_wait_s", "p95_wait_s", "mean_active", "utilization")
    assert_witnessed("connection-pool", arm, {**STEADY, **chosen}, *names, seeds=SEEDS, duration_s=duration_s)


@pytest.mark.parametrize(
    ("arm", "chosen", "duration_s"),
    [
        ("size-5", {}, 25.0),
        ("size-2", {"rate_rps": 50.0, "acquire_timeout_s": 0.2}, 40.0),
        ("size-5", {"rate_rps": 140.0, "acquire_timeout_s": 0.1}, 18.0),
    ],
)
def test_impatient_borrowers_give_up_as_barrer_says(arm: str, chosen: dict[str, Any], duration_s: float) -> None:
    names = ("mean_wait_s", "acquire_timeout_rate", "mean_active", "utilization")
    assert_witnessed("connection-pool", arm, {**STEADY, **chosen}, *names, seeds=range(1, 10), duration_s=duration_s)


def test_instances_with_traffic_of_their_own_lose_alike_and_are_busy_together() -> None:
    one, three = (
        said("size-2", surge=1.0, acquire_timeout_s=0.2, rate_rps=50.0 * instances, instances=instances) for instances in (1, 3)
    )
    for name, times in (("mean_wait_s", 1.0), ("acquire_timeout_rate", 1.0), ("utilization", 1.0), ("mean_active", 3.0)):
        assert three[name].value == pytest.approx(times * (one[name].value or 0.0))


@pytest.mark.parametrize(
    ("arm", "chosen"),
    [
        ("size-20", {}),
        ("knob", {"pool_size": 12, "rate_rps": 110.0, "acquire_timeout_s": 5.0}),
        ("size-10", {"db_cores": 4, "rate_rps": 40.0, "acquire_timeout_s": 5.0, "contention": 0.05}),
    ],
)
def test_a_crowded_database_is_a_birth_death_chain(arm: str, chosen: dict[str, Any]) -> None:
    names = ("mean_s", "mean_active")
    assert_witnessed("connection-pool", arm, {**STEADY, **chosen}, *names, seeds=SEEDS, duration_s=35.0)


def test_uneven_queries_wait_about_as_the_approximation_says() -> None:
    uneven = {**STEADY, "pool_size": 4, "rate_rps": 60.0, "query_cv": 2.0, "acquire_timeout_s": 20.0}
    assert_witnessed("connection-pool", "knob", uneven, "mean_wait_s", "mean_active", seeds=SEEDS, duration_s=60.0)
    assert "approximation" in said("knob", **uneven)["mean_wait_s"].assumes


def test_surge_and_ordinary_time_are_weighted_where_the_line_settles_fast() -> None:
    form = said("size-5")["acquire_timeout_rate"]
    assert form.value is not None
    lost = [
        number(metrics({}, "size-5", seed=seed, duration_s=120.0)["size-5"], "acquire_timeout_rate") for seed in range(1, 4)
    ]
    assert sum(lost) / len(lost) == pytest.approx(form.value, rel=0.08)


@pytest.mark.parametrize(
    ("arm", "metric", "chosen", "reason"),
    [
        ("size-10", "mean_wait_s", {}, "surge"),
        ("size-5", "mean_wait_s", {"surge_s": 4.0}, "too short"),
        ("size-5", "mean_wait_s", {**STEADY, "borrow_forever": True}, "more work arrives"),
        ("size-5", "mean_wait_s", {**STEADY, "rate_rps": 98.0, "borrow_forever": True}, "takes longer than the run"),
        ("size-5", "mean_wait_s", {**STEADY, "query_cv": 2.0}, "not exponential"),
        ("size-5", "mean_wait_s", {**STEADY, "acquire_timeout_s": 60.0}, "takes longer than the run"),
        ("size-2", "mean_wait_s", {**STEADY, "rate_rps": 1.0, "query_mean_s": 4.0, "leak_after_s": 0.0}, "does not fill"),
        ("size-5", "mean_wait_s", {**STEADY, "leak_rate": 0.01}, "leak or break"),
        ("size-5", "mean_wait_s", {**STEADY, "max_connections": 4}, "refuses"),
        ("size-5", "mean_wait_s", {**STEADY, "min_size": 2}, "opens and closes"),
        ("size-5", "mean_wait_s", {**STEADY, "max_lifetime_s": 20.0}, "replaced"),
        ("size-5", "mean_wait_s", {**STEADY, "query_mean_s": 0.5}, "taken for leaks"),
        ("size-50", "mean_wait_s", STEADY, "more work arrives"),
        ("size-20", "mean_s", {**STEADY, "instances": 2}, "meet in the database"),
        ("size-10", "mean_s", {**STEADY, "rate_rps": 140.0}, "give up"),
    ],
)
def test_theory_says_which_of_its_assumptions_fails(arm: str, metric: str, chosen: dict[str, Any], reason: str) -> None:
    form = said(arm, **chosen)[metric]
    assert form.value is None
    assert reason in form.why_not


def test_in_the_live_world_no_pool_crowds_the_cores() -> None:
    spec = LAB.spec(parameters={**STEADY, "rate_rps": 100.0}, arms=("size-20",), world="live")
    forms = {form.metric: form for form in LAB.theory("size-20", spec)}
    assert forms["mean_wait_s"].value == pytest.approx(0.0, abs=1e-6)
    assert forms["mean_active"].value == pytest.approx(5.0)


# The model of the database


def in_virtual_time(story: Callable[[SimulatedDatabase, Callable[[], float]], Awaitable[None]], **plan: Any) -> None:
    loop = VirtualLoop()
    usual: dict[str, Any] = {"cores": 2, "contention": 0.0, "max_connections": 10, "connect_s": 0.0}

    async def main() -> None:
        world = SimulatedWorld(loop, Streams(1), "arm", 100.0, 0.0)
        await story(SimulatedDatabase(world, DatabasePlan(**{**usual, **plan})), world.now_s)

    try:
        loop.run_until_complete(main())
    finally:
        loop.close()


@pytest.mark.parametrize(
    ("queries", "contention", "took_s"),
    [(1, 0.0, 1.0), (2, 0.5, 1.0), (4, 0.0, 2.0), (4, 0.1, 2.4)],
)
def test_queries_share_the_cores_and_pay_for_the_crowd(queries: int, contention: float, took_s: float) -> None:
    async def story(database: SimulatedDatabase, now_s: Callable[[], float]) -> None:
        await asyncio.gather(*(database.cores.work(1.0) for _ in range(queries)))
        assert now_s() == pytest.approx(took_s)

    in_virtual_time(story, contention=contention)


def test_a_query_that_joins_slows_the_others_for_as_long_as_it_is_there() -> None:
    """Two cores; three queries of 1 s, the third after 0.5 s: shared from then on."""

    async def story(database: SimulatedDatabase, now_s: Callable[[], float]) -> None:
        ends: list[float] = []

        async def ask(after_s: float) -> None:
            await asyncio.sleep(after_s)
            await database.cores.work(1.0)
            ends.append(now_s())

        await asyncio.gather(ask(0.0), ask(0.0), ask(0.5))
        assert ends == pytest.approx([1.25, 1.25, 1.75])

    in_virtual_time(story)


def test_a_query_that_is_given_up_makes_room() -> None:
    async def story(database: SimulatedDatabase, now_s: Callable[[], float]) -> None:
        tasks = [asyncio.ensure_future(database.cores.work(1.0)) for _ in range(4)]
        await asyncio.sleep(1.0)
        for task in tasks[:2]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert now_s() == pytest.approx(1.5)
        assert database.active == 0

    in_virtual_time(story)


def test_a_connection_knows_restart_abort_and_limit() -> None:
    async def story(database: SimulatedDatabase, now_s: Callable[[], float]) -> None:
        first, second = await database.connect(), await database.connect()
        with pytest.raises(ConnectionRefusedError, match="too many clients"):
            await database.connect()
        await first.abort()
        with pytest.raises(QueryFailed, match="aborted"):
            await first.query(0.1)
        await first.reset()
        await first.query(0.1)
        running = asyncio.ensure_future(second.query(5.0))
        await asyncio.sleep(0.1)
        database.restart()
        with pytest.raises(QueryFailed, match="closed"):
            await running
        assert not first.alive
        assert not await first.ping()
        with pytest.raises(QueryFailed):
            await first.reset()
        assert database.connections == 0
        await first.close()
        assert (await database.connect()).number == 1

    in_virtual_time(story, max_connections=2)


# What the page claims


@cache
def default_run(seed: int) -> Mapping[str, Metrics]:
    return metrics(EARLY, "size-5", "size-10", "size-20", "size-50", seed=seed, duration_s=50.0)


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_fifty_connections_serve_fewer_than_ten(seed: int) -> None:
    found = default_run(seed)
    assert number(found["size-50"], "query_slowdown") > 6.0
    assert number(found["size-50"], "error_rate") > 2.0 * number(found["size-10"], "error_rate")
    assert number(found["size-5"], "error_rate") > 2.0 * number(found["size-10"], "error_rate")
    assert number(found["size-20"], "query_slowdown") < 2.5
    assert min(found, key=lambda arm: number(found[arm], "error_rate")) == "size-10"


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_without_a_cost_of_crowding_every_pool_recovers(seed: int) -> None:
    events = played({"contention": 0.0, **EARLY}, "size-20", "size-50", seed=seed, duration_s=45.0)
    for arm in ("size-20", "size-50"):
        assert all((event.values["query_slowdown"] or 0.0) < 3.0 for event in samples(events, arm, 40.0))
    crowded = played(EARLY, "size-50", seed=seed, duration_s=45.0)
    assert all((event.values["query_slowdown"] or 0.0) > 5.0 for event in samples(crowded, "size-50", 40.0))


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_five_on_average_is_not_five_enough(seed: int) -> None:
    waits = {size: metrics({**STEADY, "pool_size": size}, "knob", seed=seed, duration_s=30.0)["knob"] for size in (5, 8, 20)}
    assert number(waits[5], "mean_wait_s") > 0.1
    assert number(waits[8], "mean_wait_s") < 0.02
    assert number(waits[20], "mean_wait_s") < 0.001
    assert number(waits[20], "mean_s") > 0.9 * number(waits[8], "mean_s"), "the database has eight cores, whatever the pool"


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_without_an_acquire_timeout_leaks_end_in_silence(seed: int) -> None:
    scene = next(scene for scene in LAB.scenes if scene.id == "for-ever")
    silent = played({**scene.parameters, "borrow_forever": True}, "size-10", seed=seed)
    for event in samples(silent, "size-10", 35.0):
        assert event.values["throughput_rps"] == 0.0
        assert event.values["error_share"] is None
        assert (event.values["waiting"] or 0.0) > 500.0
    loud = played(scene.parameters, "size-10", seed=seed)
    for event in samples(loud, "size-10", 35.0):
        assert event.values["error_share"] == 1.0


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_a_pool_that_misses_its_connections_lives_with_leaks(seed: int) -> None:
    """One a second for 5 s each: five are missing on average."""
    found = metrics({**STEADY, "leak_rate": 0.01}, "size-20", seed=seed, duration_s=45.0)["size-20"]
    assert number(found, "error_rate") < 0.01
    assert number(found, "mean_active") == pytest.approx(5.5 + 5.5, rel=0.25)


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_a_restart_poisons_the_naive_pool_only(seed: int) -> None:
    story = (Change(15.0, "do", "restart"),)
    events = played({**STEADY, "pool": "naive"}, "size-10", seed=seed, duration_s=25.0, changes=story)
    assert all(event.values["error_share"] == 1.0 for event in samples(events, "size-10", 16.0))
    assert samples(events, "size-10", 20.0)[-1].nodes["pool"].status == "dead"
    events = played(STEADY, "size-10", seed=seed, duration_s=25.0, changes=story)
    assert all((event.values["error_share"] or 0.0) < 0.01 for event in samples(events, "size-10", 17.0))
    assert sum(event.values["broken_share"] or 0.0 for event in samples(events, "size-10", 15.0)) < 1.5


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_a_broken_transaction_is_the_next_borrower_s_trouble_in_the_naive_pool(seed: int) -> None:
    naive, managed = (
        metrics({**STEADY, "abort_rate": 0.01, "pool": pool}, "size-10", seed=seed)["size-10"] for pool in ("naive", "managed")
    )
    assert number(naive, "error_rate") > 0.5
    assert number(managed, "error_rate") == pytest.approx(0.01, abs=0.006)
    assert number(managed, "broken_rate") == 0.0


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_given_back_twice_a_connection_is_in_two_hands(seed: int) -> None:
    naive, managed = (
        metrics({**STEADY, "return_twice_rate": 0.02, "pool": pool}, "size-10", seed=seed)["size-10"]
        for pool in ("naive", "managed")
    )
    assert number(naive, "shared_rate") > 0.05
    assert number(managed, "shared_rate") == 0.0


def test_the_sum_over_the_instances_meets_the_server_s_limit() -> None:
    scene = next(scene for scene in LAB.scenes if scene.id == "times-instances")
    found = metrics(scene.parameters, *scene.arms, duration_s=40.0, changes=(Change(12.0, "set", "instances", 12),))
    assert number(found["size-5"], "db_connections_peak") == 60.0
    assert number(found["size-5"], "refused") == 0.0
    assert number(found["size-20"], "db_connections_peak") == 100.0
    assert number(found["size-20"], "refused") > 0.0


def test_a_naive_instance_whose_start_is_refused_is_down_and_its_connections_are_lost() -> None:
    chosen = {**STEADY, "rate_rps": 20.0, "instances": 2, "max_connections": 15}
    naive = metrics({**chosen, "pool": "naive"}, "size-10", duration_s=20.0)["size-10"]
    managed = metrics(chosen, "size-10", duration_s=20.0)["size-10"]
    assert number(naive, "error_rate") > 0.3
    assert number(naive, "db_connections") == 15.0
    assert number(managed, "error_rate") < 0.02


def test_a_pool_that_grows_when_asked_has_its_borrowers_pay_for_opening() -> None:
    surge = {"rate_rps": 20.0, "surge": 6.0, "surge_start_s": 12.0, "query_mean_s": 0.1, "db_cores": 32}
    patient = {**surge, "connect_s": 0.4, "acquire_timeout_s": 2.0}
    fixed, lazy = (metrics({**patient, "min_size": least}, "size-20", duration_s=18.0)["size-20"] for least in (200, 0))
    assert number(fixed, "db_connections") == 20.0
    assert number(lazy, "db_connections") < 20.0
    assert number(lazy, "p99_wait_s") > number(fixed, "p99_wait_s") + 0.03


def test_a_lifetime_replaces_connections_without_an_error() -> None:
    found = metrics({**STEADY, "rate_rps": 50.0, "max_lifetime_s": 10.0}, "size-10", duration_s=35.0)["size-10"]
    assert number(found, "error_rate") == 0.0
    assert number(found, "broken_rate") == 0.0


def test_slow_queries_and_more_instances_act_while_it_plays() -> None:
    story = (
        Change(12.0, "do", "slow"),
        Change(20.0, "do", "unslow"),
        Change(22.0, "set", "instances", 3),
        Change(26.0, "set", "instances", 1),
        Change(30.0, "set", "pool_size", 3),
    )
    events = played({**STEADY, "rate_rps": 40.0}, "knob", duration_s=34.0, changes=story)
    seen = {event.t: event.values for event in samples(events, "knob", 0.0)}
    assert (seen[18.0]["active"] or 0.0) > 1.8 * (seen[11.0]["active"] or 0.0)
    assert (seen[21.5]["db_connections"], seen[25.0]["db_connections"], seen[29.0]["db_connections"]) == (8.0, 24.0, 8.0)
    assert seen[33.0]["db_connections"] == 3.0


# Goals, knobs


def test_goals_tick_off_by_themselves() -> None:
    leaks = {**STEADY, "leak_rate": 0.05, "leak_after_s": 0.0, "borrow_forever": True}
    end = played(leaks, "size-5", duration_s=20.0)[-1]
    assert isinstance(end, Finished)
    assert "total-hang" in end.goals
    story = (Change(5.0, "do", "leak"), Change(14.0, "set", "instances", 30))
    end = played(STEADY, "size-5", duration_s=16.0, changes=story)[-1]
    assert isinstance(end, Finished)
    assert set(end.goals) >= {"found-again", "over-the-limit"}
    end = played(STEADY, "size-10", duration_s=30.0, changes=(Change(12.0, "do", "restart"),))[-1]
    assert isinstance(end, Finished)
    assert "restarted" in end.goals
    end = played(EARLY, "size-10", "size-50", duration_s=60.0)[-1]
    assert isinstance(end, Finished)
    assert "stuck-after-the-surge" in end.goals


def test_a_leak_is_found_when_the_pool_misses_it_and_not_when_it_begins() -> None:
    events = played(STEADY, "size-5", duration_s=12.0, changes=(Change(0.0, "do", "leak"),))
    found = next(event.t for event in events if isinstance(event, Mark) and event.value == "found-again")
    assert 5.0 <= found < 8.0
    unseen = played({**STEADY, "leak_after_s": 0.0}, "size-5", duration_s=12.0, changes=(Change(0.0, "do", "leak"),))[-1]
    assert isinstance(unseen, Finished)
    assert "found-again" not in unseen.goals


def test_who_waits_when_the_timeout_is_taken_away_still_has_it() -> None:
    story = (Change(12.0, "set", "borrow_forever", True), Change(13.0, "set", "borrow_forever", False))
    end = played(STEADY, "size-2", duration_s=14.0, changes=story)[-1]
    assert isinstance(end, Finished)


@pytest.mark.parametrize("pool", ["managed", "naive"])
def test_no_more_connections_are_in_use_than_there_are(pool: str) -> None:
    story = (Change(12.0, "set", "pool_size", 40), Change(16.0, "set", "pool_size", 2))
    end = played({**STEADY, "pool": pool}, "knob", duration_s=20.0, changes=story)[-1]
    assert isinstance(end, Finished)
    assert 0.0 < number(end.metrics["knob"], "utilization") <= 1.0


@pytest.mark.parametrize("pool", ["managed", "naive"])
def test_every_knob_can_be_turned_while_it_plays(pool: str) -> None:
    arms = (arm.name for arm in LAB.arms)
    end(played({"pool": pool}, *arms, duration_s=15.0, changes=every_knob_turned(LAB, apart_s=0.5)))


def test_the_picture_shows_every_connection_and_what_became_of_it() -> None:
    story = (Change(5.0, "do", "leak"), Change(8.0, "do", "restart"))
    events = played({**STEADY, "pool": "naive"}, "size-5", duration_s=10.0, changes=story)
    pictures = {event.t: event.nodes["pool"] for event in samples(events, "size-5", 0.0)}
    assert [member.name for member in pictures[4.0].members] == [f"connection-{place}" for place in range(1, 6)]
    assert sorted({member.status for member in pictures[7.0].members}) == ["leaked", "ready"]
    assert {member.status for member in pictures[9.0].members} == {"leaked", "dead"}
    assert any(isinstance(event, Mark) and event.value == "restart" for event in events)


def test_a_run_ends_with_a_sentence_made_of_its_numbers() -> None:
    end = played(EARLY, "size-10", "size-50", duration_s=60.0)[-1]
    assert isinstance(end, Finished)
    assert f"{end.metrics['size-50']['error_rate']:.1%}" in end.sentence
    assert "had up to 50 connections" in end.sentence
