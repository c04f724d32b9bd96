"""What the lab's page claims, over several seeds; naive and corrected behaviour on the same tasks."""

import pytest

from labs.experiments.spec import Change
from tests.labs.experiments.task_processor.runs import SEEDS, STEADY, default_run, end, events, metrics, number, samples


@pytest.mark.parametrize("seed", SEEDS)
def test_somebody_pays_for_each_burst(seed: int) -> None:
    found = default_run(seed).metrics
    errors = {arm: number(values, "error_rate") for arm, values in found.items()}
    assert errors["unbounded"] == 0.0
    assert 0.15 < errors["abort"] < 0.25
    assert errors["discard-oldest"] == pytest.approx(errors["abort"], abs=0.02)
    assert errors["caller-runs"] < errors["block"] < errors["abort"]
    assert number(found["unbounded"], "p99_s") > 20.0
    assert number(found["abort"], "p99_s") < 2.5
    assert number(found["discard-oldest"], "mean_s") < number(found["abort"], "mean_s")
    assert number(found["discard-oldest"], "discarded") > 500


@pytest.mark.parametrize("seed", SEEDS)
def test_whoever_runs_tasks_himself_answers_no_probe(seed: int) -> None:
    found = default_run(seed).metrics
    assert number(found["caller-runs"], "probe_p99_s") > 1.0
    assert number(found["caller-runs"], "stalled_share") > 0.2
    assert number(found["abort"], "probe_p99_s") < 0.01


@pytest.mark.parametrize("seed", SEEDS)
def test_more_submitters_are_back_pressure_without_a_stopped_heart(seed: int) -> None:
    values = metrics({"submitters": 8}, "caller-runs", seed, 120.0)
    assert number(values, "probe_p99_s") < 0.2
    assert number(values, "caller_runs_rate") > 0.1
    assert number(values, "error_rate") < 0.01


@pytest.mark.parametrize("seed", SEEDS)
def test_in_javas_order_the_queue_comes_before_the_fifth_worker(seed: int) -> None:
    steady = {**STEADY, "rate_rps": 39.0}
    java, eager = metrics(steady, "abort", seed, 120.0), metrics({**steady, "growth": "eager"}, "abort", seed, 120.0)
    assert java["mean_threads"] == 4.0
    assert number(eager, "mean_threads") > 6.0
    assert number(java, "mean_s") > 1.8 * number(eager, "mean_s")


def test_a_longer_queue_loses_fewer_and_makes_them_wait() -> None:
    short, long = (metrics({"queue_capacity": places}, "abort", 1, 70.0) for places in (20, 400))
    assert number(long, "error_rate") < 0.75 * number(short, "error_rate")
    assert number(long, "p95_s") > 2.0 * number(short, "p95_s")


def test_without_a_queue_answers_are_quick_and_many_are_turned_away() -> None:
    none = metrics({"queue_capacity": 0}, "abort", 1, 120.0)
    assert number(none, "mean_s") < 0.12
    assert number(none, "error_rate") > number(default_run(1).metrics["abort"], "error_rate")


CRASH = (Change(29.0, "do", "crash"),)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_crash_loses_what_was_accepted_and_a_journal_keeps_it(seed: int) -> None:
    lost = metrics({"durable": False}, "abort", seed, 60.0, CRASH)
    kept = metrics({"durable": True}, "abort", seed, 60.0, CRASH)
    assert number(lost, "lost") > 80
    assert lost["recovered"] == 0
    assert kept["lost"] == 0
    assert number(kept, "recovered") > 80


def test_a_pool_that_waits_longer_than_the_platform_loses_the_rest() -> None:
    late = (Change(70.0, "do", "deploy"),)
    killed = metrics({"grace_s": 60.0, "platform_grace_s": 20.0}, "unbounded", 1, 110.0, late)
    in_time = metrics({"grace_s": 60.0, "platform_grace_s": 120.0}, "unbounded", 1, 119.0, late)
    durable = metrics({"grace_s": 10.0, "durable": True}, "unbounded", 1, 110.0, late)
    assert number(killed, "lost") > 100
    assert in_time["lost"] == 0
    assert durable["lost"] == 0
    assert number(durable, "recovered") > 100


@pytest.mark.parametrize("seed", SEEDS)
def test_late_tasks_are_refused_or_hang_in_silence(seed: int) -> None:
    deploy = (Change(27.0, "do", "deploy"),)
    refused = metrics({"late_tasks": "refuse"}, "caller-runs", seed, 60.0, deploy)
    dropped = metrics({"late_tasks": "drop"}, "caller-runs", seed, 60.0, deploy)
    assert refused["hung"] == 0
    assert number(dropped, "hung") > 50
    assert number(refused, "rejected_rate") > number(dropped, "rejected_rate") + 0.05


@pytest.mark.parametrize("seed", SEEDS)
def test_batches_share_the_fixed_part(seed: int) -> None:
    busy = {**STEADY, "rate_rps": 120.0}
    single, batched = metrics(busy, "abort", seed), metrics({**busy, "batch_size": 20}, "abort", seed)
    assert number(single, "error_rate") > 0.25
    assert number(batched, "error_rate") < 0.001
    assert number(batched, "utilization") < 0.7 * number(single, "utilization")


def test_at_a_low_rate_a_batch_costs_its_linger() -> None:
    idle = {**STEADY, "rate_rps": 10.0, "linger_s": 0.2}
    single, batched = metrics(idle, "abort"), metrics({**idle, "batch_size": 50}, "abort")
    assert number(batched, "mean_s") > number(single, "mean_s") + 0.1


def test_batches_hand_the_back_pressure_on() -> None:
    values = metrics({**STEADY, "rate_rps": 400.0, "batch_size": 4, "queue_capacity": 10}, "block")
    assert number(values, "stalled_share") > 0.5
    assert number(values, "mean_depth") <= 10.0


@pytest.mark.parametrize("seed", SEEDS)
def test_a_mail_inside_the_task_fails_the_registration(seed: int) -> None:
    inline, queued = (metrics({**STEADY, "mail": mail}, "abort", seed) for mail in ("inline", "queued"))
    assert 0.06 < number(inline, "error_rate") < 0.14
    assert queued["error_rate"] == 0.0
    assert number(queued, "mails_lost_rate") < 0.01
    assert number(queued, "mean_s") < number(inline, "mean_s")


def test_extra_workers_take_their_turns_and_never_leave() -> None:
    said = samples(events({"keep_alive_s": 5.0, "rate_rps": 20.0}, ("abort",), duration_s=60.0), "abort")
    assert said[-1].values["threads"] == 8.0


def test_the_default_run_meets_its_goals() -> None:
    assert set(default_run(1).goals) == {"stall", "runaway", "fifth"}


def test_the_sentence_is_made_of_the_numbers() -> None:
    found = default_run(1)
    assert f"{found.metrics['discard-oldest']['error_rate']:.1%}" in found.sentence
    assert f"{found.metrics['unbounded']['p99_s']:.2f} s" in found.sentence
    assert "“Abort”" in end(events(STEADY, ("abort",), duration_s=20.0)).sentence
    assert "Nothing was measured" in end(events(STEADY, ("abort",), duration_s=10.0)).sentence


def test_a_pool_that_waits_longer_than_its_platform_is_killed() -> None:
    assert number(metrics({}, "unbounded", 1, 110.0, (Change(69.0, "do", "deploy"),)), "lost") > 50
