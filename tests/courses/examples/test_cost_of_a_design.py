"""The figures of the lesson on trade-offs come out of this model."""

from dataclasses import replace

import pytest

from courses.examples.cost_of_a_design import Design, Prices, cost_per_million, machines, monthly_cost, months_until

PRICES = Prices(machine_hour=0.0816, storage_gb_month=0.08, egress_gb=0.09, engineer_month=12_000)
ONE_UNIT = Design(
    mean_rps=100,
    peak_rps=300,
    machine_rps=200,
    utilization=0.6,
    least_machines=2,
    response_kb=20,
    stored_gb=500,
    copies=3,
    engineers=0.25,
)
TWELVE_SERVICES = replace(ONE_UNIT, least_machines=24, engineers=1.5)
TEN_TIMES = replace(ONE_UNIT, mean_rps=1000, peak_rps=3000, stored_gb=5000)


def test_three_machines_carry_the_peak_and_twelve_services_need_24_whatever_comes() -> None:
    assert machines(ONE_UNIT) == 3
    assert machines(TWELVE_SERVICES) == 24
    assert machines(TEN_TIMES) == 25


def test_people_are_four_fifths_of_the_small_bill() -> None:
    bill = monthly_cost(ONE_UNIT, PRICES)
    assert bill == pytest.approx({"machines": 176.26, "storage": 120, "egress": 466.56, "people": 3000}, abs=0.01)
    assert sum(bill.values()) == pytest.approx(3762.82, abs=0.01)
    assert bill["people"] / sum(bill.values()) == pytest.approx(0.80, abs=0.005)


def test_a_million_requests_cost_five_times_as_much_in_twelve_services() -> None:
    assert cost_per_million(ONE_UNIT, PRICES) == pytest.approx(14.52, abs=0.005)
    assert sum(monthly_cost(TWELVE_SERVICES, PRICES).values()) == pytest.approx(19_996.61, abs=0.01)
    assert cost_per_million(TWELVE_SERVICES, PRICES) == pytest.approx(77.15, abs=0.005)


def test_ten_times_the_load_makes_a_request_cheaper() -> None:
    assert sum(monthly_cost(TEN_TIMES, PRICES).values()) == pytest.approx(10_334.40, abs=0.01)
    assert cost_per_million(TEN_TIMES, PRICES) == pytest.approx(3.99, abs=0.005)


def test_from_45_to_70_per_cent_at_a_tenth_a_month_takes_over_four_months() -> None:
    assert months_until(0.45, 0.7, 0.1) == pytest.approx(4.64, abs=0.005)
    assert months_until(0.15, 0.7, 0.1) == pytest.approx(16.2, abs=0.05)
