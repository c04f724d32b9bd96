"""The figures of the lesson on sizing, and what the slips of the usual code are worth."""

import pytest

from courses.examples.back_of_envelope import (
    KIBI,
    KILO,
    as_often_coded,
    egress_bit_s,
    in_flight,
    machines,
    peak_rps,
    stored_bytes,
    years_factor,
)

USERS, PEAK_RPS = 500_000_000, 868_055
PB, PIB = 1e15, 2.0**50


def test_half_a_billion_users_are_868_055_requests_a_second() -> None:
    assert peak_rps(USERS, 50, 1) == pytest.approx(289_351.85, abs=0.01)
    assert int(peak_rps(USERS, 50, 3)) == PEAK_RPS


def test_ten_million_users_are_17_361_at_the_peak_and_58_machines() -> None:
    assert peak_rps(10_000_000, 50, 1) == pytest.approx(5787, abs=0.5)
    assert peak_rps(10_000_000, 50, 3) == pytest.approx(17_361, abs=0.5)
    assert machines(peak_rps(10_000_000, 50, 3), 500, 0.6) == 58
    assert in_flight(peak_rps(10_000_000, 50, 3), 0.2) == pytest.approx(3472, abs=0.5)


def test_five_years_at_a_fifth_are_7_44_first_years_and_not_12_44() -> None:
    assert years_factor(0.2, 5) == pytest.approx(7.4416, abs=1e-6)
    assert pytest.approx(12.4416, abs=1e-6) == 5 * 1.2**5
    assert 5 * 1.2**5 / years_factor(0.2, 5) == pytest.approx(1.67, abs=0.005)
    assert 5 * 1.2**5 / (1.2 * years_factor(0.2, 5)) == pytest.approx(1.39, abs=0.005)
    assert years_factor(0.0, 5) == 5.0


def test_storage_is_136_petabytes_and_407_with_three_copies() -> None:
    assert stored_bytes(USERS * 100 * KILO, 0.2, 5, 1) / PB == pytest.approx(135.8, abs=0.05)
    assert stored_bytes(USERS * 100 * KILO, 0.2, 5, 3) / PB == pytest.approx(407.4, abs=0.05)


def test_the_usual_code_gives_227_petabytes_and_what_that_is_depends_on_its_kilobyte() -> None:
    storage_kb, _ = as_often_coded(USERS, 100, 5, PEAK_RPS, 50)
    assert storage_kb == pytest.approx(227_059_200_000_000)
    assert storage_kb * KILO / PIB == pytest.approx(201.7, abs=0.05)
    assert storage_kb * KIBI / PIB == pytest.approx(206.5, abs=0.05)
    assert storage_kb * KIBI / PB == pytest.approx(232.5, abs=0.05)


def test_bandwidth_is_347_gigabits_and_not_339() -> None:
    assert as_often_coded(USERS, 100, 5, PEAK_RPS, 50)[1] == pytest.approx(339_084, abs=0.5)
    assert egress_bit_s(PEAK_RPS, 50 * KILO) / 1e6 == pytest.approx(347_222, abs=0.5)
    assert egress_bit_s(PEAK_RPS, 50 * KIBI) / 1e6 == pytest.approx(355_555, abs=0.5)


def test_published_figures_give_the_rates_and_factors_of_the_table() -> None:
    assert pytest.approx(5787, abs=0.5) == 500e6 / 86_400
    assert pytest.approx(25.1, abs=0.05) == 143_199 / 5700
    assert pytest.approx(2424, abs=0.5) == 209_420_973 / 86_400
    assert pytest.approx(114.8, abs=0.05) == 1_240_266_346_053 * 8 / 86_400 / 1e6
    assert pytest.approx(5922, abs=0.5) == 1_240_266_346_053 / 209_420_973
    assert pytest.approx(1653, abs=0.5) == 1e9 / (7 * 86_400)
    assert pytest.approx(76_923, abs=0.5) == 20e15 / 260e9
    assert pytest.approx(578_704, abs=0.5) == 50e9 / 86_400
