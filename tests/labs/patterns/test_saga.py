from itertools import product

import pytest

from courses.examples.reservations import SoldOut, Status, Stock
from labs.patterns.saga import Event, Outcome, Refused, Saga, Step, Stuck
from tests.labs.patterns.clock import run


class Crash(BaseException):
    """The coordinator dies."""


class Journal:
    """A log that survives its saga, and kills the coordinator before its entry number `dies_at`."""

    def __init__(self, dies_at: int | None = None) -> None:
        self.entries: list[tuple[str, Event, str]] = []
        self.dies_at = dies_at

    async def append(self, saga_id: str, event: Event, step: str) -> None:
        if len(self.entries) == self.dies_at:
            self.dies_at = None
            raise Crash
        self.entries.append((saga_id, event, step))

    async def read(self, saga_id: str) -> set[tuple[Event, str]]:
        return {(event, step) for owner, event, step in self.entries if owner == saga_id}


class Shop:
    """Three services that remember keys; `fails` says how often a step ends in an error, -1 for a refusal."""

    def __init__(self, fails: dict[str, int] | None = None) -> None:
        self.stock = Stock(10)
        self.authorised: set[str] = set()
        self.shipped: set[str] = set()
        self.fails = dict(fails or {})
        self.calls: list[str] = []

    async def reserve(self, key: str) -> None:
        self._maybe("reserve")
        try:
            self.stock.reserve(key, 2)
        except SoldOut as none:
            raise Refused(key) from none

    async def release(self, key: str) -> None:
        self._maybe("release")
        self.stock.release(key)

    async def authorise(self, key: str) -> None:
        self._maybe("authorise")
        self.authorised.add(key)

    async def ship(self, key: str) -> None:
        self._maybe("ship")
        self.shipped.add(key)

    def saga(self, log: Journal) -> Saga:
        steps = [
            Step("reserve", self.reserve, self.release),
            Step("authorise", self.authorise, pivot=True),
            Step("ship", self.ship),
        ]
        return Saga(steps, log, sleep=nap, attempts=3)

    def _maybe(self, step: str) -> None:
        self.calls.append(step)
        left = self.fails.get(step, 0)
        if left < 0:
            raise Refused(step)
        if left > 0:
            self.fails[step] = left - 1
            raise TimeoutError(step)


async def nap(_delay_s: float) -> None:
    return None


async def nothing(_key: str) -> None:
    return None


def test_all_steps_succeed() -> None:
    shop = Shop()
    assert run(shop.saga(Journal()).run("o1")) is Outcome.COMPLETED
    assert shop.calls == ["reserve", "authorise", "ship"]
    assert shop.stock.free == 8


def test_a_refused_pivot_turns_the_saga_round() -> None:
    shop = Shop({"authorise": -1})
    assert run(shop.saga(Journal()).run("o1")) is Outcome.CANCELLED
    assert shop.calls == ["reserve", "authorise", "release"]
    assert shop.stock.free == 10
    assert not shop.shipped


def test_a_step_of_unknown_outcome_is_undone_as_well() -> None:
    shop = Shop({"reserve": 3})
    assert run(shop.saga(Journal()).run("o1")) is Outcome.CANCELLED
    assert shop.calls == ["reserve"] * 3 + ["release"]
    assert shop.stock.reserve("o1/reserve", 2) is Status.RELEASED, "and cannot take effect late"
    assert shop.stock.free == 10


def test_a_pivot_without_an_answer_is_stuck_and_can_be_asked_again() -> None:
    shop, log = Shop({"authorise": 3}), Journal()
    with pytest.raises(Stuck, match="o1/authorise"):
        run(shop.saga(log).run("o1"))
    assert shop.stock.free == 8, "what is reserved stays so while nobody knows"
    assert run(shop.saga(log).run("o1")) is Outcome.COMPLETED


def test_nothing_goes_back_after_the_pivot() -> None:
    shop = Shop({"ship": -1})
    with pytest.raises(Stuck, match="after the pivot"):
        run(shop.saga(Journal()).run("o1"))
    assert "release" not in shop.calls


@pytest.mark.parametrize("undo_fails", [3, -1])
def test_an_undo_that_fails_is_stuck_until_it_succeeds(undo_fails: int) -> None:
    shop, log = Shop({"authorise": -1, "release": undo_fails}), Journal()
    with pytest.raises(Stuck):
        run(shop.saga(log).run("o1"))
    shop.fails = {}
    assert run(shop.saga(log).run("o1")) is Outcome.CANCELLED
    assert shop.stock.free == 10
    assert not shop.authorised, "a saga that has turned does not turn again"


@pytest.mark.parametrize(("fate", "dies_at"), list(product([0, -1], range(8))))
def test_a_crash_before_any_entry_leaves_nothing_half_done(fate: int, dies_at: int) -> None:
    """All or nothing, wherever the coordinator dies; a second one reads the log and goes on."""
    shop, log = Shop({"authorise": fate}), Journal(dies_at)
    try:
        outcome = run(shop.saga(log).run("o1"))
    except Crash:
        outcome = run(shop.saga(log).run("o1"))
    done = outcome is Outcome.COMPLETED
    assert done is (fate == 0)
    assert (shop.stock.free, len(shop.authorised), len(shop.shipped)) == ((8, 1, 1) if done else (10, 0, 0))
    calls = list(shop.calls)
    assert run(shop.saga(log).run("o1")) is outcome
    assert shop.calls == calls, "a saga that has ended does nothing"


@pytest.mark.parametrize(
    "order",
    [
        [("pay", False, True), ("reserve", True, False)],
        [("pay", False, True), ("pay again", False, True)],
        [("ship", False, False), ("pay", False, True)],
        [("both", True, True)],
    ],
)
def test_steps_in_a_dangerous_order_are_refused(order: list[tuple[str, bool, bool]]) -> None:
    steps = [Step(name, nothing, nothing if undo else None, pivot) for name, undo, pivot in order]
    with pytest.raises(ValueError, match="compensable steps come first"):
        Saga(steps, Journal(), sleep=nap)


def test_a_saga_of_other_services_is_not_touched() -> None:
    shop, log = Shop(), Journal()
    run(shop.saga(log).run("o1"))
    run(shop.saga(log).run("o2"))
    assert shop.stock.free == 6
