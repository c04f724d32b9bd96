import asyncio

import pytest

from labs.patterns.idempotency import IdempotencyStore, KeyReused, NotDone, UnderWay
from tests.labs.patterns.clock import HandClock, run, settle


class Payments:
    def __init__(self, error: Exception | None = None) -> None:
        self.charges = 0
        self.error = error
        self.gate: asyncio.Event | None = None

    async def charge(self) -> str:
        if self.gate:
            await self.gate.wait()
        if self.error:
            raise self.error
        self.charges += 1
        return f"charge {self.charges}"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def store(clock: HandClock) -> IdempotencyStore[str]:
    return IdempotencyStore(lease_s=60.0, keep_s=86_400.0, clock=clock)


def test_a_repeat_is_answered_and_not_done(store: IdempotencyStore[str]) -> None:
    payments = Payments()
    assert [run(store.once("k1", "pay 5", payments.charge)) for _ in range(3)] == ["charge 1"] * 3
    assert payments.charges == 1
    assert run(store.once("k2", "pay 5", payments.charge)) == "charge 2", "another intention, another key"


def test_a_key_with_another_request_is_refused(store: IdempotencyStore[str]) -> None:
    payments = Payments()
    run(store.once("k1", "pay 5", payments.charge))
    with pytest.raises(KeyReused):
        run(store.once("k1", "pay 50", payments.charge))
    assert payments.charges == 1


def test_a_repeat_while_the_first_is_under_way_is_told_so(store: IdempotencyStore[str]) -> None:
    async def main() -> None:
        payments = Payments()
        payments.gate = asyncio.Event()
        first = asyncio.ensure_future(store.once("k1", "pay 5", payments.charge))
        await settle()
        with pytest.raises(UnderWay):
            await store.once("k1", "pay 5", payments.charge)
        payments.gate.set()
        assert await first == "charge 1"
        assert await store.once("k1", "pay 5", payments.charge) == "charge 1"

    run(main())


def test_what_was_not_done_gives_its_key_back(store: IdempotencyStore[str]) -> None:
    payments = Payments(NotDone("declined"))
    with pytest.raises(NotDone):
        run(store.once("k1", "pay 5", payments.charge))
    payments.error = None
    assert run(store.once("k1", "pay 5", payments.charge)) == "charge 1"


def test_what_may_have_been_done_keeps_its_key_until_the_lease_ends(store: IdempotencyStore[str], clock: HandClock) -> None:
    payments = Payments(TimeoutError("no answer"))
    with pytest.raises(TimeoutError):
        run(store.once("k1", "pay 5", payments.charge))
    payments.error = None
    clock.now_s = 59.9
    with pytest.raises(UnderWay):
        run(store.once("k1", "pay 5", payments.charge))
    clock.now_s = 60.0
    with pytest.raises(KeyReused):
        store.claim("k1", "pay 50")
    assert run(store.once("k1", "pay 5", payments.charge)) == "charge 1"


def test_the_answer_of_an_overtaken_claim_is_not_kept(store: IdempotencyStore[str], clock: HandClock) -> None:
    slow = store.claim("k1", "pay 5")
    clock.now_s = 61.0
    quick = store.claim("k1", "pay 5")
    assert not store.settle("k1", slow, "late")
    assert store.settle("k1", quick, "in time")
    store.release("k1", slow)
    assert store.claim("k1", "pay 5").answer == ("in time",)


def test_a_forgotten_key_charges_again(store: IdempotencyStore[str], clock: HandClock) -> None:
    payments = Payments()
    run(store.once("k1", "pay 5", payments.charge))
    clock.now_s = 86_399.0
    assert store.forget_old() == 0
    clock.now_s = 86_400.0
    assert run(store.once("k1", "pay 5", payments.charge)) == "charge 2", "keep answers longer than clients retry"
    clock.now_s *= 2
    assert store.forget_old() == 1
