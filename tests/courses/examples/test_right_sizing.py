"""The same number of users forces nothing or nearly everything."""

from dataclasses import replace

import pytest

from courses.examples.right_sizing import Demand, Measured, forced, peak_rps

SERVER = Measured(server_rps=300, database_qps=5000, database_gb=2000, replace_min=50, patience_s=2)
SMALL = Demand(peak_rps=2, queries_per_request=5, write_share=0.2, stored_gb=20, availability=0.99, slowest_work_s=0.2)


def test_a_million_users_are_two_requests_a_second_or_eleven_thousand() -> None:
    assert peak_rps(1_000_000, 0.02, 3, 3) == pytest.approx(2.08, abs=0.005)
    assert peak_rps(1_000_000, 0.6, 400, 4) == pytest.approx(11_111, abs=1)


def test_a_small_demand_forces_nothing() -> None:
    assert list(forced(SMALL, SERVER)) == []


def test_a_promise_forces_a_second_server_at_any_load() -> None:
    [part] = forced(replace(SMALL, availability=0.999), SERVER)
    assert part == "a standby of each: 43.2 min/month allowed, replacing takes 50"


def test_slow_work_forces_a_queue_at_any_load() -> None:
    [part] = forced(replace(SMALL, slowest_work_s=9), SERVER)
    assert part.startswith("a queue: work of 9 s")


def test_many_reads_force_replicas_and_only_writes_or_size_force_shards() -> None:
    reads = replace(SMALL, peak_rps=3000, write_share=0.1)
    assert [part.split(":")[0] for part in forced(reads, SERVER)] == ["more servers", "caching or replicas"]
    assert [part.split(":")[0] for part in forced(replace(reads, write_share=0.5), SERVER)][-1] == "shards"
    assert [part.split(":")[0] for part in forced(replace(SMALL, stored_gb=5000), SERVER)] == ["shards"]
