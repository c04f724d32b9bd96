"""What the page claims, over several seeds; and where the naive forms differ from the corrected ones."""

from collections.abc import Mapping
from functools import cache

import pytest

from labs.experiments.contract import Metrics
from tests.labs.experiments.load_balancer.runs import CALM, LAB, do, metrics, number, played, samples

SEEDS = range(1, 4)
FEW_SEEDS = range(1, 3)
SCENES = {scene.id: scene for scene in LAB.scenes}


@cache
def default_run(seed: int) -> Mapping[str, Metrics]:
    return metrics({}, seed=seed, duration_s=75.0)


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_equal_shares_feed_a_slow_server_and_counting_does_not(seed: int) -> None:
    found = default_run(seed)
    for blind in ("random", "round-robin"):
        for seeing in ("least-connections", "two-choices"):
            assert number(found[blind], "p99_s") > 10.0 * number(found[seeing], "p99_s")
    assert number(found["least-connections"], "p99_s") < 2.0 * number(found["least-connections"], "central_p99_s")


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_among_equal_servers_each_look_shortens_the_tail(seed: int) -> None:
    found = metrics(CALM, LAB.default_arms, seed=seed, duration_s=50.0)
    means = [number(found[arm], "mean_s") for arm in ("random", "round-robin", "two-choices", "least-connections")]
    assert means == sorted(means, reverse=True)
    assert means[-1] > number(found["random"], "central_mean_s"), "one queue for all is the bound of equal servers"


def test_all_arms_see_the_same_traffic_and_the_same_yardstick() -> None:
    found = metrics({}, [arm.name for arm in LAB.arms], duration_s=30.0)
    assert len({values["central_p99_s"] for values in found.values()}) == 1
    assert len({round(number(values, "throughput_rps"), -1) for values in found.values()}) == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_the_dead_attract_those_who_count_and_repel_those_who_remember(seed: int) -> None:
    scene = SCENES["black-hole"]
    found = metrics(scene.parameters, scene.arms, seed=seed, duration_s=40.0, changes=[do(20.0, "kill", "server-2")])
    lost = {arm: number(found[arm], "error_rate") for arm in scene.arms}
    assert lost["least-connections"] > 2.0 * lost["random"] > 0.0
    assert lost["two-choices"] > 1.3 * lost["random"]
    assert lost["peak-ewma"] < 0.3 * lost["random"]


def test_failures_that_cost_nothing_make_the_dead_the_cheapest() -> None:
    lost = [
        number(
            metrics(
                {**CALM, "detection_s": 10.0, "failure_s": failure_s},
                ["peak-ewma"],
                duration_s=45.0,
                changes=[do(20.0, "kill", "server-2")],
            )["peak-ewma"],
            "error_rate",
        )
        for failure_s in (5.0, 0.0)
    ]
    assert lost[1] > 10.0 * lost[0]


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_weights_are_worth_what_they_match(seed: int) -> None:
    scene = SCENES["weights"]
    p99 = {
        weights: {
            arm: number(values, "p99_s")
            for arm, values in metrics({**scene.parameters, "weights": weights}, scene.arms, seed=seed, duration_s=50.0).items()
        }
        for weights in ("matched", "reversed")
    }
    assert p99["matched"]["smooth-weighted-round-robin"] < p99["matched"]["weighted-random"] < 4.0
    for arm in ("smooth-weighted-round-robin", "weighted-random"):
        assert p99["reversed"][arm] > 15.0
    assert p99["reversed"]["least-connections"] < 6.0
    assert p99["reversed"]["peak-ewma"] == p99["matched"]["peak-ewma"], "it uses none"


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_called_weighted_round_robin_deals_in_streaks_and_the_smooth_one_does_not(seed: int) -> None:
    """Shares are equal on average; the difference is in the short run."""
    arms = ("weighted-random", "smooth-weighted-round-robin")
    found = metrics({**CALM, "speed_spread": 4.0}, arms, seed=seed, duration_s=60.0)
    naive, smooth = (found[arm] for arm in arms)
    assert number(naive, "repeat_share") > 0.18
    assert number(smooth, "repeat_share") < 0.02
    assert number(naive, "imbalance") > 1.2 > 1.1 > number(smooth, "imbalance")
    assert number(smooth, "p99_s") < number(naive, "p99_s")


@pytest.mark.parametrize("seed", FEW_SEEDS)
def test_many_balancers_want_to_be_told_who_is_idle_until_one_is_slow(seed: int) -> None:
    scene = SCENES["many-balancers"]
    calm = metrics(scene.parameters, scene.arms, seed=seed, duration_s=25.0)
    mean = {arm: number(calm[arm], "mean_s") for arm in scene.arms}
    assert mean["join-idle-queue"] == min(mean.values())
    slow = metrics(
        scene.parameters,
        ("least-connections", "join-idle-queue"),
        seed=seed,
        duration_s=35.0,
        changes=[do(12.0, "slow", "server-2")],
    )
    assert number(slow["join-idle-queue"], "p99_s") > 3.0 * number(slow["least-connections"], "p99_s")


def test_a_bound_buys_short_queues_with_cold_keys() -> None:
    free, bound = (
        metrics({**CALM, "key_skew": 1.2, "load_bound": load_bound}, ["consistent-hash"], duration_s=60.0)["consistent-hash"]
        for load_bound in ("none", "1.25")
    )
    assert number(bound, "p99_s") < 0.1 * number(free, "p99_s")
    assert number(free, "warm_share") == 1.0
    assert number(bound, "warm_share") < 0.7


def test_knowing_more_than_idle_pays_near_full_load() -> None:
    arms = ("least-connections", "join-idle-queue")
    quiet, busy = (metrics({**CALM, "rate_rps": rate}, arms, duration_s=70.0) for rate in (60.0, 115.0))
    quiet_ratio, busy_ratio = (number(run[arms[1]], "p99_s") / number(run[arms[0]], "p99_s") for run in (quiet, busy))
    assert quiet_ratio < 1.1
    assert busy_ratio > 1.5


# Naive and corrected


@pytest.mark.parametrize("seed", SEEDS)
def test_weights_that_ignore_health_go_on_feeding_the_dead(seed: int) -> None:
    killed = {"incident": "kill", "incident_start_s": 15.0, "incident_s": 40.0}
    right, naive = (
        metrics({**killed, "follow_health": follow}, ["weighted-random"], seed=seed, duration_s=50.0)["weighted-random"]
        for follow in (True, False)
    )
    assert number(right, "error_rate") < 0.02
    assert number(naive, "error_rate") > 0.1, "a sixth of the requests for 35 of 40 s"


@pytest.mark.parametrize("seed", SEEDS)
def test_weights_summed_over_another_list_overload_the_first_server(seed: int) -> None:
    changing = {**CALM, "churn_per_min": 12.0, "rate_rps": 70.0}
    right, naive = (
        metrics({**changing, "follow_health": follow}, ["weighted-random"], seed=seed, duration_s=60.0)["weighted-random"]
        for follow in (True, False)
    )
    assert number(naive, "imbalance") > 1.2 * number(right, "imbalance")
    assert number(naive, "mean_s") > 1.3 * number(right, "mean_s")


@pytest.mark.parametrize("seed", SEEDS)
def test_where_nobody_counts_one_server_gets_everything(seed: int) -> None:
    right, naive = (
        metrics({**CALM, "count_requests": count}, ["least-connections"], seed=seed, duration_s=30.0)["least-connections"]
        for count in (True, False)
    )
    assert naive["imbalance"] == 6.0
    assert naive["repeat_share"] == 1.0
    assert number(naive, "p99_s") > 10.0 * number(right, "p99_s")


def test_a_signed_counter_ends_the_service_for_five_requests_of_six() -> None:
    events = played({**CALM, "counter": "int32"}, ["round-robin"], duration_s=40.0)
    errors = [sample.values["error_share"] or 0.0 for sample in samples(events, "round-robin")]
    assert max(errors[:18]) == 0.0
    assert sum(errors[25:]) / len(errors[25:]) == pytest.approx(5.0 / 6.0, abs=0.03)
    assert number(metrics(CALM, ["round-robin"], duration_s=40.0)["round-robin"], "error_rate") == 0.0
