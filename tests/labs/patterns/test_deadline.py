"""On a real event loop: a deadline is of use outside this project."""

import asyncio
from math import inf
from random import Random

import pytest

from labs.patterns.deadline import NEVER, Deadline, NotEnoughTime, call_before, current, under
from labs.patterns.retry import Immediate, Retry
from tests.labs.patterns.clock import HandClock, answer, run


class Hop:
    """Hangs; knows what deadline it was given and whether it was told to stop."""

    def __init__(self) -> None:
        self.deadlines: list[Deadline] = []
        self.cancelled = 0

    async def hang(self, deadline: Deadline) -> int:
        self.deadlines.append(deadline)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return 0


def test_what_is_left_shrinks_with_the_clock() -> None:
    clock = HandClock()
    deadline = Deadline.after(5.0, clock)
    clock.now_s = 4.0
    assert (deadline.left_s, deadline.expired) == (1.0, False)
    clock.now_s = 5.0
    assert (deadline.left_s, deadline.expired) == (0.0, True)


@pytest.mark.parametrize(
    ("spent_s", "timeout_s", "reserve_s", "gets_s"),
    [(0.0, 3.0, 0.0, 3.0), (4.0, 3.0, 0.0, 1.0), (4.0, 0.5, 0.0, 0.5), (4.0, 3.0, 0.25, 0.75), (0.0, inf, 0.0, 5.0)],
)
def test_a_hop_gets_the_least_of_its_own_timeout_and_what_is_left(
    spent_s: float, timeout_s: float, reserve_s: float, gets_s: float
) -> None:
    clock = HandClock()
    deadline = Deadline.after(5.0, clock)
    clock.now_s = spent_s
    assert deadline.sooner(timeout_s, reserve_s=reserve_s).left_s == pytest.approx(gets_s)


def test_down_a_chain_it_only_comes_nearer_whatever_the_hops_are_configured_to() -> None:
    clock, rng = HandClock(), Random(1)
    deadline = Deadline.after(5.0, clock)
    ends_s = [deadline.at_s]
    for _ in range(20):
        clock.now_s += 0.2 * rng.random()
        deadline = deadline.sooner(rng.choice([2.5, 5.0, 30.0, inf]))
        ends_s.append(deadline.at_s)
    assert ends_s == sorted(ends_s, reverse=True)
    assert 2.5 < ends_s[-1] < ends_s[0]


@pytest.mark.parametrize(
    ("left_s", "needed_s", "reserve_s"), [(0.0, 0.0, 0.0), (-1.0, 0.0, 0.0), (0.2, 0.3, 0.0), (0.2, 0.15, 0.1)]
)
def test_too_little_left_is_refused_before_anything_is_called(left_s: float, needed_s: float, reserve_s: float) -> None:
    clock, hop = HandClock(), Hop()
    deadline = Deadline.after(left_s, clock)
    with pytest.raises(NotEnoughTime):
        run(call_before(deadline, hop.hang, needed_s=needed_s, reserve_s=reserve_s))
    assert hop.deadlines == []


def test_a_timeout_of_nothing_is_refused_as_well() -> None:
    with pytest.raises(NotEnoughTime):
        Deadline.after(1.0, HandClock()).sooner(0.0)


def test_when_time_is_up_the_cancellation_reaches_the_last_hop() -> None:
    hop = Hop()

    async def story() -> None:
        async def middle(deadline: Deadline) -> int:
            return await call_before(deadline, hop.hang, timeout_s=60.0)

        with pytest.raises(TimeoutError):
            await call_before(Deadline.after(0.002), middle, timeout_s=60.0)
        assert (hop.cancelled, hop.deadlines[0].expired) == (1, True)

    run(story())


def test_it_reaches_every_task_of_a_group_too() -> None:
    hop = Hop()

    async def story() -> None:
        async def fan_out(deadline: Deadline) -> None:
            async with asyncio.TaskGroup() as group:
                for _ in range(3):
                    group.create_task(hop.hang(deadline))

        with pytest.raises(TimeoutError):
            await call_before(Deadline.after(0.002), fan_out)
        assert hop.cancelled == 3

    run(story())


def test_an_answer_in_time_passes_through() -> None:
    async def story() -> None:
        assert await call_before(Deadline.after(5.0), lambda _deadline: answer(204)) == 204
        assert await call_before(NEVER, lambda _deadline: answer(200)) == 200

    run(story())


def test_attempts_share_what_is_left_and_a_refusal_is_not_repeated() -> None:
    """Three attempts of 2 s do not fit into 5 s: the third gets the rest, and no fourth is begun."""
    clock, given_s = HandClock(), []

    async def slow(deadline: Deadline) -> int:
        given_s.append(deadline.left_s)
        clock.now_s += deadline.left_s
        raise TimeoutError

    async def story() -> None:
        retry = Retry(max_attempts=10, delay=Immediate(), clock=clock)
        with pytest.raises(NotEnoughTime):
            await retry.call(call_before, Deadline.after(5.0, clock), slow, timeout_s=2.0)

    run(story())
    assert given_s == [2.0, 2.0, 1.0]


@pytest.mark.parametrize(
    ("left_s", "text"),
    [(5.0, "5000000u"), (0.05, "50000000n"), (250.0, "250000m"), (1e6, "1000000S"), (inf, "99999999H"), (1e-9, "1n")],
)
def test_what_is_left_goes_on_the_wire_as_in_grpc(left_s: float, text: str) -> None:
    assert Deadline(left_s, lambda: 0.0).as_timeout() == text


def test_the_wire_never_gives_more_time_than_there_is() -> None:
    rng = Random(2)
    for _ in range(500):
        left_s = 10.0 ** rng.uniform(-8.0, 9.0)
        arrived = Deadline.from_timeout(Deadline(left_s, lambda: 0.0).as_timeout(), lambda: 0.0)
        assert 0.8 * left_s <= arrived.at_s <= left_s * (1.0 + 1e-12)


def test_the_way_there_and_back_is_deducted_so_that_the_answer_comes_in_time() -> None:
    clock, way_s = HandClock(), 0.25
    deadline = Deadline.after(1.0, clock)
    on_the_wire = deadline.as_timeout(2.0 * way_s)
    clock.now_s += way_s
    assert Deadline.from_timeout(on_the_wire, clock).at_s + way_s == pytest.approx(deadline.at_s)
    with pytest.raises(NotEnoughTime):
        deadline.as_timeout(0.8)


@pytest.mark.parametrize("text", ["", "5", "S", "5s", "-5S", "123456789m", "1.5S", " 5S", "٥S"])
def test_what_is_no_timeout_on_the_wire_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="digits"):
        Deadline.from_timeout(text, HandClock())


@pytest.mark.parametrize("left_s", [0.0, -1.0, 1e-10])
def test_a_deadline_that_has_passed_is_not_sent(left_s: float) -> None:
    with pytest.raises(NotEnoughTime):
        Deadline(left_s, lambda: 0.0).as_timeout()


def test_tasks_inherit_the_deadline_of_the_block_that_starts_them() -> None:
    async def story() -> None:
        deadline = Deadline.after(5.0)

        async def worker() -> Deadline:
            await asyncio.sleep(0)
            return current()

        with under(deadline):
            inside = asyncio.create_task(worker())
        assert await inside is deadline
        assert current() is NEVER
        assert await worker() is NEVER

    run(story())
