"""Where the laboratory has a closed form, the calculator gives the same."""

import pytest

from courses.calculators import CALCULATORS, results
from labs.experiments.rate_limiter.memory import set_bytes
from labs.theory import batching, bulkhead, queueing, retries, scaling
from labs.theory.bulkhead import Pool


def figures(name: str, **given: float) -> dict[str, float]:
    return {output: value for output, value in results(CALCULATORS[name], given).items() if value is not None}


@pytest.mark.parametrize(("rate_rps", "servers"), [(70, 1), (760, 8), (10, 4)])
def test_the_knee_is_that_of_m_m_c(rate_rps: float, servers: int) -> None:
    found = figures("utilization-knee", rate_rps=rate_rps, servers=servers)
    assert found["response_ms"] == pytest.approx(1000 * (queueing.mmc_mean_time_s(rate_rps, 0.01, servers).value or 0))
    assert found["wait_p99_ms"] == pytest.approx(
        1000 * (queueing.mmc_wait_quantile_s(rate_rps, 0.01, servers, 0.99).value or 0)
    )


@pytest.mark.parametrize(("query_rps", "pool_size"), [(200, 10), (380, 8), (40, 1)])
def test_a_pool_is_m_m_c(query_rps: float, pool_size: int) -> None:
    found = figures("pool-size", query_rps=query_rps, pool_size=pool_size)
    assert found["wait_ms"] == pytest.approx(1000 * (queueing.mmc_mean_wait_s(query_rps, 0.02, pool_size).value or 0))
    late = queueing.mmc_wait_exceeds(query_rps, 0.02, pool_size, 0.1).value or 0
    assert found["late_share"] == pytest.approx(100 * late)


@pytest.mark.parametrize("slow_s", [0.05, 2.0])
def test_walls_cost_and_save_what_erlang_says(slow_s: float) -> None:
    found = figures("bulkhead", rate_a_rps=40, rate_b_rps=60, rate_c_rps=30, slow_s=slow_s)
    pools = [Pool(40, 0.025, 3), Pool(60, 0.025, 3), Pool(30, 0.025, 4)]
    assert found["split_percent"] == pytest.approx(100 * (bulkhead.split_loss(pools).value or 0))
    assert found["shared_percent"] == pytest.approx(100 * (bulkhead.shared_loss(pools).value or 0))
    slow = [*pools[:2], Pool(30, slow_s, 4)]
    assert found["shared_slow_percent"] == pytest.approx(100 * (bulkhead.shared_loss(slow).value or 0))
    assert found["split_slow_percent"] == pytest.approx(100 * (bulkhead.pool_loss(slow[2]).value or 0))
    assert found["little_slots"] == bulkhead.slots_by_little(40, 0.115)


@pytest.mark.parametrize(("failure_rate", "attempts", "layers"), [(0.5, 3, 2), (0.9, 4, 3), (1.0, 4, 3), (0.0, 2, 2)])
def test_retries_amplify_as_layers_do(failure_rate: float, attempts: int, layers: int) -> None:
    found = figures("retry-amplification", failure_rate=failure_rate, attempts=attempts, layers=layers)
    assert found["worst_calls"] == retries.attempts_through_layers(attempts, layers)
    assert found["mean_calls"] == pytest.approx(retries.mean_attempts_through_layers(failure_rate, attempts, layers).value)
    assert found["one_layer_calls"] == pytest.approx(retries.mean_attempts(failure_rate, attempts).value)


@pytest.mark.parametrize("done", [0, 2, 5])
def test_waits_are_those_of_the_policies(done: int) -> None:
    found = figures("backoff", retries_done=done, base_s=0.5, cap_s=6)
    assert found["wait_s"] == retries.exponential_wait_s(0.5, 6, done)
    assert found["full_jitter_s"] == retries.full_jitter_wait_s(0.5, 6, done)
    assert found["equal_jitter_s"] == retries.equal_jitter_wait_s(0.5, 6, done)


@pytest.mark.parametrize(("step", "cooldown_s"), [(1, 300), (4, 100)])
def test_steps_climb_as_counted(step: int, cooldown_s: float) -> None:
    found = figures("scaling-lag", step=step, cooldown_s=cooldown_s)
    assert found["last_order_min"] * 60 == scaling.step_climb_s(2, 20, step, cooldown_s, 60).value


def test_full_batches_do_what_one_worker_can() -> None:
    found = figures("batching", batch_size=50)
    assert found["full_rps"] == pytest.approx(batching.batch_capacity_rps(1, 50, 0.005, 0.0002).value)


def test_even_arrivals_fill_batches_much_as_random_ones_do() -> None:
    found = figures("batching", batch_size=50, linger_ms=20)
    assert found["fill"] == pytest.approx(batching.batch_fill(2000, 50, 0.02).value, rel=0.02)
    assert found["wait_ms"] == pytest.approx(1000 * (batching.batch_wait_s(2000, 50, 0.02).value or 0), rel=0.05)


@pytest.mark.parametrize("limit", [100, 128, 129, 5000])
def test_a_log_takes_the_bytes_that_the_store_reports(limit: int) -> None:
    assert figures("limiter-memory", limit=limit)["log_bytes"] == pytest.approx(set_bytes(limit, 31.2))


def test_little_is_little() -> None:
    assert figures("littles-law", rate_rps=70, time_s=0.3)["inside"] == queueing.little_number(70, 0.3).value
