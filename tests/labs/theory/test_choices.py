"""Limits of many servers against published tables, and finite numbers of servers against a chain of single events."""

from collections.abc import Callable
from random import Random

import pytest

from labs.measurement.statistics import Interval, mean_interval
from labs.theory.choices import (
    choices_exceeds,
    choices_mean_s,
    idle_queue_mean_s,
    two_choices_exceeds,
    two_choices_mean_s,
    two_choices_shift,
    withdrawing_idle_queue_mean_s,
)


@pytest.mark.parametrize(
    ("load", "published"), [(0.50, 1.2657), (0.70, 1.6145), (0.80, 1.9475), (0.90, 2.6141), (0.95, 3.3830), (0.99, 5.4320)]
)
def test_two_choices_give_the_table_of_mitzenmacher(load: float, published: float) -> None:
    assert choices_mean_s(load, 1.0).value == pytest.approx(published, abs=2e-4)


def test_the_tail_of_two_choices_falls_doubly_and_sums_to_the_mean() -> None:
    assert [choices_exceeds(0.9, length).value for length in range(4)] == pytest.approx([1.0, 0.9, 0.9**3, 0.9**7])
    assert choices_exceeds(0.9, 3, choices=1).value == pytest.approx(0.9**3)
    for choices in (1, 2, 3):
        requests = sum(choices_exceeds(0.9, length, choices).value or 0.0 for length in range(1, 400 if choices == 1 else 12))
        assert requests == pytest.approx(0.9 * (choices_mean_s(0.9, 1.0, choices).value or 0.0), rel=1e-6)


@pytest.mark.parametrize(
    ("load", "simulated"), [(0.50, 1.2673), (0.70, 1.6202), (0.80, 1.9585), (0.90, 2.6454), (0.95, 3.4610)]
)
def test_the_refined_mean_meets_the_published_simulations_of_a_hundred_queues(load: float, simulated: float) -> None:
    limit, refined = choices_mean_s(load, 1.0).value or 0.0, two_choices_mean_s(load, 1.0, 100).value or 0.0
    assert refined == pytest.approx(simulated, rel=0.002)
    assert abs(refined - simulated) < 0.3 * abs(limit - simulated), "the correction takes most of the limit's error away"


@pytest.mark.parametrize("load", [0.3, 0.6, 0.9])
def test_the_refined_tails_are_shares_sum_to_the_mean_and_go_to_the_limit(load: float) -> None:
    tails = [two_choices_exceeds(load, 50, length).value or 0.0 for length in range(12)]
    assert tails[0] == 1.0
    assert tails[1] == pytest.approx(load), "the share of busy servers is the load, whatever the policy"
    assert tails == sorted(tails, reverse=True)
    assert sum(tails[1:]) == pytest.approx(load * (two_choices_mean_s(load, 1.0, 50).value or 0.0))
    assert two_choices_mean_s(load, 1.0, 10**9).value == pytest.approx(choices_mean_s(load, 1.0).value, rel=1e-6)


def two_choices_by_events(load: float, servers: int, seed: int) -> tuple[float, float]:
    """Mean time (unit work), and the share of servers with three or more, of the jump chain with mean times between jumps."""
    rng, queues, busy, events = Random(seed), [0] * servers, list[int](), 40_000
    inside = crowded = time = area = crowd_area = 0.0
    for event in range(events):
        gap = 1.0 / (load * servers + len(busy))
        if event > events // 10:
            time, area, crowd_area = time + gap, area + gap * inside, crowd_area + gap * crowded
        if rng.random() < load * servers * gap:
            one, other = rng.sample(range(servers), 2)
            place = one if queues[one] <= queues[other] else other
            if not queues[place]:
                busy.append(place)
            queues[place] += 1
            inside, crowded = inside + 1, crowded + (queues[place] == 3)
        else:
            number = rng.randrange(len(busy))
            place = busy[number]
            queues[place] -= 1
            inside, crowded = inside - 1, crowded - (queues[place] == 2)
            if not queues[place]:
                busy[number] = busy[-1]
                busy.pop()
    return area / time / (load * servers), crowd_area / time / servers


def interval_of(values: list[float]) -> Interval:
    interval = mean_interval(values, confidence=0.999)
    assert interval is not None
    return interval


@pytest.mark.parametrize(("load", "servers"), [(0.5, 10), (0.7, 20)])
def test_the_refined_forms_hold_for_few_servers_where_the_limit_does_not(load: float, servers: int) -> None:
    runs = [two_choices_by_events(load, servers, seed) for seed in range(8)]
    mean, crowded = (interval_of([run[place] for run in runs]) for place in (0, 1))
    assert (two_choices_mean_s(load, 1.0, servers).value or 0.0) == pytest.approx(mean.mean, rel=0.012)
    assert (two_choices_exceeds(load, servers, 3).value or 0.0) == pytest.approx(crowded.mean, rel=0.1)
    assert (choices_exceeds(load, 3).value or 0.0) < 0.95 * crowded.mean


@pytest.mark.parametrize(
    ("load", "ratio", "value"), [(0.5, 10.0, 12.0 / 11.0), (0.9, 10.0, 1.0 / 0.55), (0.9, 20.0, 1.0 / 0.7)]
)
def test_idle_queues_by_hand(load: float, ratio: float, value: float) -> None:
    assert idle_queue_mean_s(load, 1.0, ratio).value == pytest.approx(value)


def test_idle_queues_lie_between_a_random_draw_and_no_wait_at_all() -> None:
    for form in (idle_queue_mean_s, withdrawing_idle_queue_mean_s):
        assert form(0.8, 1.0, 1e-9).value == pytest.approx(5.0)
        assert form(0.8, 1.0, 1e3).value == pytest.approx(1.0, abs=0.01)


def idle_queues_by_events(load: float, servers: int, balancers: int, seed: int) -> float:
    """Mean time of unit work with join-idle-queue, servers withdrawing when they are drawn at random."""
    rng, queues, busy, events = Random(seed), [0] * servers, list[int](), 40_000
    listed = {place: rng.randrange(balancers) for place in range(servers)}
    names: list[dict[int, None]] = [{place: None for place in range(servers) if listed[place] == k} for k in range(balancers)]
    inside = time = area = 0.0
    for event in range(events):
        gap = 1.0 / (load * servers + len(busy))
        if event > events // 10:
            time, area = time + gap, area + gap * inside
        if rng.random() < load * servers * gap:
            known = names[rng.randrange(balancers)]
            place = next(iter(known)) if known else rng.randrange(servers)
            if not queues[place]:
                del names[listed[place]][place]
                busy.append(place)
            queues[place], inside = queues[place] + 1, inside + 1
        else:
            number = rng.randrange(len(busy))
            place = busy[number]
            queues[place], inside = queues[place] - 1, inside - 1
            if not queues[place]:
                busy[number] = busy[-1]
                busy.pop()
                listed[place] = rng.randrange(balancers)
                names[listed[place]][place] = None
    return area / time / (load * servers)


@pytest.mark.parametrize(("load", "ratio"), [(0.8, 5), (0.5, 10)])
def test_withdrawing_idle_queues_are_those_of_single_events(load: float, ratio: int) -> None:
    """Sixty balancers are many: what is left of the limit's error is below a hundredth."""
    mean = interval_of([idle_queues_by_events(load, 60 * ratio, 60, seed) for seed in range(6)])
    said = withdrawing_idle_queue_mean_s(load, 1.0, ratio).value or 0.0
    assert said == pytest.approx(mean.mean, rel=0.02)
    assert abs(said - mean.mean) < abs((idle_queue_mean_s(load, 1.0, ratio).value or 0.0) - mean.mean)


def test_silent_under_overload() -> None:
    for form in (
        choices_mean_s(1.0, 0.1),
        two_choices_mean_s(1.2, 0.1, 10),
        two_choices_exceeds(1.2, 10, 3),
        idle_queue_mean_s(1.0, 0.1, 5.0),
        withdrawing_idle_queue_mean_s(1.0, 0.1, 5.0),
    ):
        assert form.value is None
        assert "without end" in form.why_not
    assert two_choices_shift(1.2, 10) == float("inf")


@pytest.mark.parametrize(
    "call",
    [
        lambda: choices_exceeds(1.5, 2),
        lambda: choices_exceeds(0.5, -1),
        lambda: choices_mean_s(0.5, 0.0),
        lambda: choices_mean_s(0.5, 0.1, choices=0),
        lambda: two_choices_mean_s(0.5, 0.1, 1),
        lambda: idle_queue_mean_s(0.5, 0.1, 0.0),
        lambda: withdrawing_idle_queue_mean_s(-0.5, 0.1, 5.0),
    ],
)
def test_impossible_arguments_are_refused(call: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"above 0|between 0 and 1|at least"):
        call()
