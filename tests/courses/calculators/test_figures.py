"""Each calculator at its defaults and elsewhere, against published figures and sums done by hand."""

import pytest

from courses.calculators import CALCULATORS, results
from courses.calculators.figures import shown, written

NO = None
CASES = [
    # 500/s are 1,296 million requests in 30 days; of 50 KB each they are 64,800 GB.
    (
        "cost-model", {},
        {"machines": 13, "machine_cost": 13 * 0.2 * 720, "egress_cost": 64_800 * 0.09, "per_million": 32_204 / 1296},
    ),
    (
        "cost-model",
        {"mean_rps": 10, "peak_factor": 2, "machine_rps": 100, "utilization": 0.5, "machine_per_hour": 1, "stored_gb": 100,
         "response_kb": 100, "egress_per_gb": 0.1, "people": 0},
        {"machines": 1, "busy_share": 10, "total_cost": 720 + 10 + 259.2, "per_million": 38.164, "people_share": 0},
    ),
    ("right-size", {}, {"peak_rps": 173.61, "servers": 2, "one_database": 1, "growth_gb": 365, "by_user_table": 2}),
    ("right-size", {"users": 100_000_000}, {"servers": 59, "database_load": 1736.1, "one_database": 0, "by_user_table": 4}),
    ("right-size", {"users": 99_999}, {"by_user_table": 0}),
    ("right-size", {"users": 100_000}, {"by_user_table": 1}),
    # The worked estimate of 500 million daily users, and what is wrong with its usual solution.
    (
        "sizing", {},
        {"mean_rps": 289_352, "peak_rps": 868_056, "peak_mbps": 347_222, "binary_mbps": 339_084, "kib_mbps": 355_556,
         "stored_pb": 135.81, "last_year_pb": 227.0592, "years_factor": 7.4416, "in_flight": 173_611},
    ),
    ("sizing", {"daily_users": 10_000_000}, {"mean_rps": 5787, "peak_rps": 17_361, "peak_read_rps": 15_625}),
    ("storage-growth", {}, {"data_pb": 135.81, "last_year_pb": 227.06, "overstated": 1.672, "grown_at_once_pb": 162.97}),
    ("storage-growth", {}, {"disk_pib": 18.25e15 * 7.4416 * 1.2 * 3 / 2**50}),
    (
        "storage-growth", {"growth": 0, "years": 3, "daily_writes": 1_000_000, "item_kb": 1},
        {"years_factor": 3, "data_pb": 0.001095},
    ),
    ("tail-at-fanout", {}, {"slow_pages": 64.15, "half_calls": 14, "needed_percentile": 99.744, "mean_call_ms": 44}),
    # Dean and Barroso: one call in a hundred is slow, a page makes a hundred calls, 63 % of pages are slow.
    ("tail-at-fanout", {"calls": 100, "percentile": 99}, {"slow_pages": 63.4, "half_calls": 69}),
    (
        "monolith-or-services", {},
        {"unit_load": 75, "unit_wait_min": 54, "row_availability_percent": 99.80015, "by_headcount": 1},
    ),
    (
        "monolith-or-services", {"engineers": 80},
        {"unit_load": 150, "unit_wait_min": NO, "service_load": 18.75,
         "service_wait_min": 0.1875 / 0.8125 * 18, "by_headcount": 2},
    ),
    ("write-amplification", {}, {"btree_factor": 9.512, "lsm_factor": 55.44, "fleet_mb_per_s": 14.268}),
    ("write-amplification", {"indexes": 0, "changes_per_page": 1, "followers": 0}, {"btree_factor": 17.384, "lsm_factor": 42}),
    ("quorum", {}, {"overlap": 1, "reads_meet_writes": 1, "writes_meet_writes": 1, "read_availability_percent": 99.9997002}),
    ("quorum", {"read_quorum": 1, "write_quorum": 1}, {"reads_meet_writes": 0, "writes_meet_writes": 0, "miss_share": 200 / 3}),
    (
        "quorum", {"read_quorum": 1, "write_quorum": 3},
        {"reads_meet_writes": 1, "write_losses": 0, "write_availability_percent": 99.7003},
    ),
    # 5 · 0.001⁴ · 0.999 + 0.001⁵ of a year
    ("quorum", {"nodes": 5}, {"read_outage_s": 4.996e-12 * 31_536_000, "write_outage_s": 4.996e-12 * 31_536_000}),
    (
        "cache-load", {},
        {"database_reads_rps": 1900, "miss_factor": 2, "less_percent": 77.143, "cold_share": 175, "survives": 0},
    ),
    (
        "cache-load", {"hit_ratio": 0.98, "worse_hit_ratio": 0.96, "cacheable_share": 1},
        {"database_reads_rps": 200, "miss_factor": 2},
    ),
    ("cache-size", {"zipf_s": 0}, {"cached": 1_923_076, "hit_percent": 19.23076, "all_gb": 20.8}),
    # With s = 1 the sums are nearly ln n + 0.5772.
    ("cache-size", {"zipf_s": 1}, {"hit_percent": 100 * (14.46943 + 0.57722) / (16.11810 + 0.57722)}),
    ("universal-scalability", {}, {"capacity": 16 / 1.57, "peak_nodes": 44.045, "linear_rps": 16_000}),
    (
        "universal-scalability", {"contention": 0.05, "coherence": 0, "nodes": 20},
        {"capacity": 20 / 1.95, "amdahl": 20, "peak_nodes": NO},
    ),
    ("target-tracking", {}, {"desired": 6, "metric_after": 60, "step_decision": 2, "stepped": 5, "stepped_metric": 72}),
    ("target-tracking", {"instances": 10, "metric": 63}, {"desired": 10, "step_decision": 1}),
    ("target-tracking", {"instances": 10, "metric": 24}, {"desired": 4, "step_decision": 0, "stepped": 9}),
    ("target-tracking", {"instances": 20}, {"wanted": 30, "desired": 20, "metric_after": 90}),
    (
        "scaling-lag", {},
        {"steps": 18, "last_order_min": 85, "stepped_min": 86.5, "tracked_lost": 162_000, "weeks_left": 11.383},
    ),
    ("scaling-lag", {"step": 5, "cooldown_s": 90}, {"steps": 4, "rest_s": 120, "last_order_min": 6}),
    ("pool-size", {}, {"busy": 4, "staffed": 8, "total": 200, "accepted": 0, "cores_rule": 16}),
    # Two servers at three quarters of their capacity: C = 9/14, and the mean wait is C / (c - a) holding times.
    ("pool-size", {"query_rps": 75, "pool_size": 2}, {"wait_share": 900 / 14, "wait_ms": 9 / 14 * 20 / 0.5}),
    ("batching", {}, {"fill": 41, "work_ms": 13.2, "batched_rps": 3106, "latency_ms": 23.2, "full_rps": 50_000 / 15}),
    ("batching", {"batch_size": 10}, {"open_ms": 4.5, "fill": 10, "work_ms": 7, "workers": 2}),
    ("littles-law", {}, {"inside": 20, "machines": 2}),
    ("littles-law", {"time_s": 30}, {"inside": 3000, "machines": 268}),
    ("littles-law", {"slots": 0}, {"machines": NO}),
    ("timeout-budget", {}, {"worst_s": 4 * 3 + 1 + 2 + 4, "fits": 0, "per_try_s": NO, "suggested_worst_s": 9.4}),
    (
        "timeout-budget", {"deadline_s": 10, "timeout_s": 1, "retries": 1, "base_s": 0.5},
        {"worst_s": 2.5, "fits": 1, "per_try_s": 4.65},
    ),
    ("retry-amplification", {}, {"worst_calls": 64, "mean_calls": 64, "bottom_rps": 6400, "budget_rps": 110, "worst_s": 4.7}),
    ("retry-amplification", {"failure_rate": 0.5, "attempts": 3, "layers": 1}, {"mean_calls": 1.75, "one_layer_calls": 1.75}),
    ("backoff", {}, {"wait_s": 8, "off_by_one_s": 16, "all_waits_s": 15, "clients_per_s": 125, "narrow_per_s": 250}),
    ("backoff", {"retries_done": 10}, {"wait_s": 20, "uncapped_s": 1024, "full_jitter_s": 10, "equal_jitter_s": 15}),
    ("breaker-settings", {"minimum_calls": 5}, {"false_alarm": 0.001158, "false_alarms_per_day": 10.005}),
    ("breaker-settings", {"minimum_calls": 20}, {"false_alarm": 1.134e-8, "notice_s": 0.2, "can_open": 1}),
    ("breaker-settings", {"rate_rps": 0.1}, {"calls_in_window": 1, "can_open": 0}),
    # B(3, 1) = (1/6) / (1 + 1 + 1/2 + 1/6)
    ("bulkhead", {}, {"split_a_percent": 6.25, "split_c_percent": 100 / 65, "little_slots": 5}),
    ("bulkhead", {"slow_s": 0.025}, {"shared_slow_percent": 0.08104, "split_slow_percent": 100 / 65}),
    ("limiter-memory", {}, {"log_bytes": 3168, "log_mb": 316.8, "attack_mb": 2.37396, "gcra_mb": 5.6, "bucket_mb": 7.2}),
    ("limiter-memory", {"limit": 1000}, {"log_bytes": 80_060, "log_mb": 8006}),
    ("utilization-knee", {}, {"response_ms": 100 / 3, "stretch": 10 / 3, "more_response_ms": 62.5, "inside": 7 / 3}),
    ("utilization-knee", {"rate_rps": 90}, {"response_ms": 100, "more_response_ms": NO}),
    ("histogram-error", {}, {"lower_ms": 200, "upper_ms": 250, "truly_met": 0, "lower_met": 1, "can_tell": 1, "rank": 1900}),
    ("histogram-error", {"target_ms": 220}, {"can_tell": 0, "truly_met": 1}),
    ("histogram-error", {"true_p95_ms": 180}, {"lower_ms": 150, "can_tell": 1, "error_percent": -100 / 6}),
    # DDSketch: 2 % of relative error from 1 ms to a minute takes 275 buckets (here the same sum, by γ = 1.02/0.98).
    ("histogram-error", {"longest_ms": 60_000, "relative_error": 0.02}, {"log_buckets": 276}),
    (
        "error-budget", {},
        {"budget_minutes": 43.2, "left_minutes": 13.2, "mean_month_minutes": 43.83, "budget_requests": 259_200},
    ),
    ("error-budget", {"window_days": 31}, {"budget_minutes": 44.64}),
    ("error-budget", {"window_days": 28}, {"budget_minutes": 40.32}),
    ("error-budget", {"outage_minutes": 10}, {"peak_percent": 69.44, "night_percent": 4.63, "time_percent": 23.148}),
    # The three pairs of the Site Reliability Workbook, chapter 5.
    (
        "burn-rate", {},
        {"burn": 14.4, "empty_hours": 50, "spent_percent": 2, "alert_burn": 14.4, "check_minutes": 5, "alerts": 1},
    ),
    ("burn-rate", {"alert_hours": 6, "alert_spent_percent": 5}, {"alert_burn": 6, "check_minutes": 30, "notice_minutes": 150}),
    ("burn-rate", {"alert_hours": 72, "alert_spent_percent": 10}, {"alert_burn": 1, "check_minutes": 360}),
    ("burn-rate", {"slo_percent": 90}, {"alert_burn": 14.4, "alert_bad_percent": 100, "outage_minutes": NO, "alerts": 0}),
    ("availability", {}, {"whole": 99.50100, "downtime_minutes": 215.57, "alone_minutes": 43.2, "alone_year_hours": 8.76}),
    ("availability", {"parts": 8}, {"whole": 99.2028}),
    ("availability", {"availability_percent": 99}, {"alone_year_hours": 87.6}),
    ("availability", {"availability_percent": 99.5}, {"alone_year_hours": 43.8}),
    ("availability", {"availability_percent": 99.95}, {"alone_year_hours": 4.38}),
    ("availability", {"availability_percent": 99.99}, {"alone_year_hours": 52.56 / 60}),
    ("availability", {"availability_percent": 99.999}, {"alone_year_hours": 5.256 / 60}),
    ("availability", {"availability_percent": 99, "parts": 1, "replicas": 2}, {"whole": 99.99}),
    (
        "load-test", {},
        {"closed_rps": 1000 / 11, "closed_slow_rps": 100 / 3, "needed_users": 99, "closed_delayed": 100,
         "closed_delayed_percent": 0.1893, "open_delayed": 1800, "open_p99_s": 14, "closed_p99_s": 0.1},
    ),
    ("load-test", {"stall_s": 0}, {"closed_delayed": 0, "open_delayed": 0, "open_p99_s": 0.1}),
    ("bottleneck", {}, {"left_at_peak": 4, "holds": 1, "left_at_goal": 10, "breaks_at": 25, "headroom": 2.5, "old_ratio": 10}),
    ("bottleneck", {"moved_share": 0.5}, {"left_at_peak": 10, "holds": 0, "breaks_at": 10, "real_headroom": 0.5}),
    ("bottleneck", {"moved_share": 1}, {"breaks_at": NO, "real_headroom": 2.5}),
    (
        "fan-out", {},
        {"push_cost": 2000, "push_all_cost": 20_000, "pull_cost": 5000, "cheaper": 0, "cheaper_all": 1, "threshold": 250_000},
    ),
    ("fan-out", {"posts_per_day": 6}, {"cheaper": 1, "equal_posts": 5, "equal_all_posts": 0.5}),
    ("fan-out", {"followers": 50_000_000}, {"push_s": 1000, "pull_rps": 5787}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "given", "expected"), CASES)
def test_the_figures_are_right(name: str, given: dict[str, float], expected: dict[str, float | None]) -> None:
    found = results(CALCULATORS[name], given)
    for output, value in expected.items():
        assert found[output] == (None if value is None else pytest.approx(value, rel=3e-4)), output


def test_every_calculator_is_tried_at_two_points() -> None:
    for name in CALCULATORS:
        assert len({str(given) for tried, given, _expected in CASES if tried == name}) >= 2, name


def test_the_requests_that_come_too_early_are_counted_second_by_second() -> None:
    given = {"instances": 3, "needed": 17, "step": 4, "cooldown_s": 120, "interval_s": 60, "boot_s": 50, "instance_rps": 7}
    serving = [3 + 4 * sum(second >= order * 120 + 50 for order in range(4)) for second in range(1000)]
    lost = sum(7 * max(0, 17 - now) for now in serving)
    assert results(CALCULATORS["scaling-lag"], given)["stepped_lost"] == lost


def test_an_open_test_sees_the_stall_in_its_p99() -> None:
    """90 requests a second for 600 s; those that come within the stall of 20 s wait for its end."""
    delays = sorted(max(0.1, 20 - at / 90) if at < 1800 else 0.1 for at in range(54_000))
    assert results(CALCULATORS["load-test"], {})["open_p99_s"] == pytest.approx(delays[int(0.99 * 54_000)], abs=0.05)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (868_055.56, 3, "868,056"), (43.2, 3, "43.2"), (0.0002, 3, "0.0002"), (1.134e-8, 3, "1.13 × 10⁻⁸"),
        (2.5e9, 3, "2.5 × 10⁹"),
        (999_999_999.7, 3, "1 × 10⁹"), (0.125, 2, "0.13"), (-5.66, 3, "−5.66"), (0, 3, "0"),
        (99.9999, 3, "100"), (1e-300, 3, "1 × 10⁻³⁰⁰"),
        (None, 3, "—"),
    ],
)  # fmt: skip
def test_figures_are_written_to_be_read(value: float | None, digits: int, text: str) -> None:
    assert shown(value, digits) == text


def test_what_was_given_is_written_in_full() -> None:
    assert [written(value) for value in (10_000_000, 0.000_001, 99.9999, 8999.8)] == [
        "10,000,000",
        "0.000001",
        "99.9999",
        "8,999.8",
    ]
