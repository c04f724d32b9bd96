"""What the page claims: the storm, the budget, the herd, the layers, the cap and the race, each over a few seeds."""

from typing import Any

import pytest

from labs.experiments.events import Mark, Sample
from labs.experiments.spec import Change
from tests.labs.experiments.retry_storm.runs import events, finished, metrics, number, scene

SEEDS = (1, 2, 3)
EARLY: dict[str, Any] = {"outage_start_s": 8.0, "outage_s": 6.0}
CALM: dict[str, Any] = {"outage_s": 0.0, "rate_rps": 10.0, "client_error_rate": 0.0}


def turned(knob: str, value: Any, at_s: float) -> Change:
    return Change(at_s, "set", knob, value)


# The storm


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_waits_and_jitter_do_not_end_a_storm_and_a_budget_does(seed: int) -> None:
    found = metrics({}, ("no-retry", "exponential", "full-jitter", "retry-budget"), seed, 50.0)
    for arm in ("exponential", "full-jitter"):
        assert found[arm]["metastable_s"] == 20.0, "to the end of the run"
        assert found[arm]["recovery_s"] is None
        assert number(found[arm], "goodput_rps") < 0.5 * number(found["no-retry"], "goodput_rps")
        assert number(found[arm], "wasted_share") > 0.6
    assert number(found["retry-budget"], "metastable_s") < 12.0
    assert number(found["retry-budget"], "goodput_rps") > 0.8 * number(found["no-retry"], "goodput_rps")
    assert number(found["retry-budget"], "goodput_rps") > 1.5 * number(found["full-jitter"], "goodput_rps")
    assert number(found["retry-budget"], "attempts_per_request") < 1.12


@pytest.mark.parametrize(("arm", "rate_rps", "rescued"), [("immediate", 20.0, True), ("full-jitter", 30.0, False)])
def test_a_storm_dies_below_the_capacity_over_the_attempts(arm: str, rate_rps: float, rescued: bool) -> None:
    """100 / 4 = 25 a second."""
    for seed in SEEDS[:2]:
        chosen = {**scene("blip").parameters, "outage_start_s": 6.0}
        said = events(chosen, (arm,), seed, 45.0, [turned("rate_rps", rate_rps, 20.0)])
        assert ("rescued" in [event.value for event in said if isinstance(event, Mark)]) is rescued
        assert ("rescue" in finished(said).goals) is rescued


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_a_restart_empties_the_queue_and_the_storm_fills_it_again(seed: int) -> None:
    said = events(EARLY, ("full-jitter",), seed, 40.0, [Change(25.0, "do", "restart")])
    assert any(event.text == "restarted, its queue is lost" for event in said if isinstance(event, Mark))
    late = [event.values["goodput_rps"] or 0.0 for event in said if isinstance(event, Sample) and event.t > 33.0]
    assert max(late) < 10.0


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_without_retries_for_a_while_it_is_well_and_stays_well_with_them(seed: int) -> None:
    changes = [turned("max_attempts", 1, 25.0), turned("max_attempts", 4, 45.0)]
    said = events(EARLY, ("full-jitter",), seed, 60.0, changes)
    late = [event.values["goodput_rps"] or 0.0 for event in said if isinstance(event, Sample) and event.t > 45.0]
    assert sum(late) / len(late) > 60.0
    assert "rescue" in finished(said).goals


@pytest.mark.parametrize("chosen", [{"notices_hang_up": True}, {"queue_limit": 70}])
def test_no_storm_where_no_useless_work_is_queued(chosen: dict[str, Any]) -> None:
    for seed in SEEDS[:2]:
        assert number(metrics(chosen, ("immediate",), seed, 40.0)["immediate"], "metastable_s") < 5.0


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_wrong_requests_that_are_repeated_are_an_overload_of_their_own(seed: int) -> None:
    wrong = {"outage_s": 0.0, "client_error_rate": 0.2}
    fine = metrics(wrong, ("full-jitter",), seed, 30.0)["full-jitter"]
    assert number(fine, "attempts_per_request") < 1.01
    assert number(fine, "error_rate") < 0.01
    storm = metrics({**wrong, "retry_what": "everything"}, ("full-jitter",), seed, 30.0)["full-jitter"]
    assert number(storm, "error_rate") > 0.3


@pytest.mark.parametrize("chosen", [{"client_error_rate": 0.2, "retry_what": "everything"}, {"failure_rate": 0.6}])
def test_an_overload_whose_cause_goes_on_is_not_called_metastable(chosen: dict[str, Any]) -> None:
    end = finished(events({"outage_s": 0.0, **chosen}, ("full-jitter",), 1, 30.0))
    assert number(end.metrics["full-jitter"], "error_rate") > 0.3
    assert end.metrics["full-jitter"]["metastable_s"] == 0.0
    assert "metastable" not in end.goals


def test_a_herd_alone_can_start_a_storm_and_one_knob_end_it() -> None:
    changes = [Change(6.0, "do", "herd"), turned("max_attempts", 1, 20.0)]
    end = finished(events({"outage_s": 0.0, "clients": 1000}, ("immediate",), 1, 40.0, changes))
    assert "rescue" in end.goals
    assert end.metrics["immediate"]["recovery_s"] is None, "nothing was broken"


def test_a_400_is_sent_once_or_as_often_as_anything() -> None:
    """At a low rate: 1 + 0.2 · 3 attempts a request."""
    chosen = {**CALM, "client_error_rate": 0.2, "retry_what": "everything", "base_s": 0.01}
    sent = number(metrics(chosen, ("exponential",), 1, 60.0)["exponential"], "attempts_per_request")
    assert sent == pytest.approx(1.6, abs=0.1)


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_a_budget_of_one_saves_up_and_a_budget_of_three_feeds_the_storm(seed: int) -> None:
    def outlived_s(ratio: float) -> float:
        chosen = {**EARLY, "budget_ratio": ratio}
        return number(metrics(chosen, ("retry-budget",), seed, 50.0)["retry-budget"], "metastable_s")

    assert outlived_s(1.0) < 30.0
    assert outlived_s(3.0) > 34.0


# The herd


@pytest.mark.parametrize("seed", SEEDS)
def test_jitter_takes_a_herd_apart(seed: int) -> None:
    chosen, herd = scene("herd").parameters, [Change(10.0, "do", "herd")]
    found = metrics(chosen, ("immediate", "exponential", "full-jitter", "equal-jitter"), seed, 40.0, herd)
    peaks = {arm: number(values, "retry_peak_rps") for arm, values in found.items()}
    assert peaks["full-jitter"] < 0.3 * peaks["exponential"] < peaks["immediate"]
    assert peaks["equal-jitter"] < 0.5 * peaks["exponential"]
    assert number(found["full-jitter"], "p99_s") < 0.7 * number(found["exponential"], "p99_s")
    assert number(found["immediate"], "error_rate") > 0.3
    assert number(found["exponential"], "error_rate") < 0.02


@pytest.mark.parametrize("seed", SEEDS)
def test_retry_after_alone_brings_all_back_together(seed: int) -> None:
    chosen, herd = {**scene("herd").parameters, "retry_after_s": 3.0}, [Change(10.0, "do", "herd")]
    found = metrics(chosen, ("exponential", "full-jitter"), seed, 50.0, herd)
    deaf = metrics({**chosen, "honour_retry_after": False}, ("full-jitter",), seed, 50.0, herd)["full-jitter"]
    assert number(found["exponential"], "retry_peak_rps") > 4.0 * number(found["full-jitter"], "retry_peak_rps")
    assert number(found["full-jitter"], "attempts_per_request") < 0.9 * number(deaf, "attempts_per_request")


def test_the_spectrum_shows_the_herd_in_one_cell() -> None:
    said = events(scene("herd").parameters, ("exponential",), 1, 20.0, [Change(10.0, "do", "herd")])
    rows = {event.t: event.rows["spectrum"] for event in said if isinstance(event, Sample)}
    first = rows[10.5]
    assert (first[0] or 0.0) >= 400 / 0.05
    assert max(cell or 0.0 for cell in first[1:]) < 200.0
    assert (rows[11.0][0] or 0.0) > 5000.0, "half a second later those come back who found the queue full"


# Layers


@pytest.mark.parametrize(("layers", "retry_at", "calls"), [(1, "every", 4), (2, "every", 16), (3, "every", 64), (3, "one", 4)])
def test_layers_multiply_unless_one_of_them_retries(layers: int, retry_at: str, calls: int) -> None:
    chosen = {**CALM, "rate_rps": 3.0, "failure_rate": 1.0, "layers": layers, "retry_at": retry_at, "capacity_rps": 400.0}
    found = metrics(chosen, ("immediate",), 1, 30.0)["immediate"]
    assert found["attempts_per_request"] == calls
    assert found["error_rate"] == 1.0


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_one_layer_that_retries_and_budgets_in_all_of_them_end_the_storm(seed: int) -> None:
    chosen = {**scene("layers").parameters, "outage_start_s": 6.0, "outage_s": 12.0}
    every = metrics(chosen, ("full-jitter", "retry-budget"), seed, 35.0)
    one = metrics({**chosen, "retry_at": "one"}, ("full-jitter",), seed, 35.0)
    assert number(every["full-jitter"], "metastable_s") > 12.0
    assert number(every["full-jitter"], "attempts_per_request") > 20.0
    assert number(every["retry-budget"], "attempts_per_request") < 1.3
    assert number(every["retry-budget"], "metastable_s") < 8.0
    assert number(one["full-jitter"], "metastable_s") < 8.0


# The cap


@pytest.mark.parametrize("seed", SEEDS)
def test_without_a_cap_users_sleep_on_when_the_service_is_back(seed: int) -> None:
    chosen = scene("cap").parameters
    taught = metrics(chosen, ("exponential", "full-jitter"), seed, 90.0)
    capped = metrics({**chosen, "naive_backoff": False}, ("exponential",), seed, 90.0)["exponential"]
    assert number(taught["exponential"], "comeback_p95_s") > 12.0
    assert number(taught["full-jitter"], "comeback_p95_s") < 5.0
    assert number(capped, "comeback_p95_s") < 5.1, "the cap, and a moment"
    assert number(capped, "error_rate") == 0.0
    assert 0.0 < number(taught["full-jitter"], "error_rate") < 0.08, "its attempts span half the time"


# The race


def test_the_race_comes_out_as_in_the_published_comparison() -> None:
    """100 clients, base 10 ms, cap 2 s, messages of 10 ms ± 2 ms: less than half of the writes with full jitter, and a fraction
    of the time; equal jitter takes longer for about as many; without any wait, most writes of all."""
    for seed in (1, 2):
        chosen = scene("row").parameters
        found = metrics(chosen, ("full-jitter", "equal-jitter", "decorrelated-jitter"), seed, 40.0)
        found = {**found, **metrics(chosen, ("immediate",), seed, 15.0), **metrics(chosen, ("exponential",), seed, 90.0)}
        calls = {arm: number(values, "contention_calls") for arm, values in found.items()}
        time_s = {arm: number(values, "completion_s") for arm, values in found.items()}
        assert calls["full-jitter"] < 0.5 * calls["exponential"] < 0.5 * calls["immediate"]
        assert calls["full-jitter"] < calls["equal-jitter"] * 1.05 < 1.3 * calls["full-jitter"]
        assert calls["full-jitter"] < calls["decorrelated-jitter"] < 1.25 * calls["full-jitter"]
        assert time_s["equal-jitter"] > 1.1 * time_s["full-jitter"]
        assert time_s["exponential"] > 8.0 * time_s["full-jitter"]
        assert time_s["decorrelated-jitter"] < time_s["equal-jitter"]
        assert calls["immediate"] == pytest.approx(100**2 / 4, rel=0.1), "grows with the square of the clients"
        assert all(values["updated_share"] == 1.0 for values in found.values())


def test_who_may_give_up_leaves_the_row_to_others() -> None:
    chosen = {**scene("row").parameters, "clients": 40}
    found = metrics(chosen, ("no-retry", "retry-budget"), 1, 30.0)
    assert number(found["no-retry"], "contention_calls") == 40.0
    assert number(found["no-retry"], "updated_share") < 0.1
    assert number(found["retry-budget"], "updated_share") < 0.5
