"""The pool, its snapshots and its leases, with a policy that does nothing clever."""

import asyncio
from threading import Thread

import pytest

from labs.patterns.balancing import Balancer, Lease, NoServerReady, Policy, Server
from labs.patterns.least_connections import LeastConnections
from labs.patterns.timeout import call_within
from tests.labs.patterns.clock import HandClock, run


class First(Policy):
    """The first of the ready servers; keeps what it was told of endings."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[str, float, bool]] = []

    def pick(self, key: str) -> Server:
        return self.ready[0]

    def ended(self, server: Server, latency_s: float, failed: bool) -> None:
        super().ended(server, latency_s, failed)
        self.told.append((server.name, latency_s, failed))


A, B, C = Server("a"), Server("b"), Server("c", weight=2.0)


def names(servers: tuple[Server, ...]) -> list[str]:
    return [server.name for server in servers]


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def policy() -> First:
    return First()


@pytest.fixture
def balancer(policy: First, clock: HandClock) -> Balancer:
    return Balancer(policy, [A, B, C], clock)


def test_an_ill_server_stays_a_member_and_is_not_picked_until_it_is_well(balancer: Balancer) -> None:
    balancer.set_health("a", healthy=False)
    assert names(balancer.members) == ["a", "b", "c"]
    assert names(balancer.ready) == ["b", "c"]
    assert balancer.pick("") is B
    balancer.set_health("a", healthy=True)
    assert balancer.pick("") is A


def test_servers_join_leave_and_change_their_weight(balancer: Balancer, policy: First) -> None:
    balancer.add(Server("d"))
    balancer.remove("a")
    balancer.reweigh("b", 5.0)
    assert [(server.name, server.weight) for server in policy.ready] == [("b", 5.0), ("c", 2.0), ("d", 1.0)]


def test_who_leaves_while_ill_returns_well(balancer: Balancer) -> None:
    balancer.set_health("a", healthy=False)
    balancer.remove("a")
    balancer.add(A)
    assert A in balancer.ready


def test_an_empty_pool_has_an_error_of_its_own_and_says_why(balancer: Balancer) -> None:
    for name in ("a", "b", "c"):
        balancer.set_health(name, healthy=False)
    with pytest.raises(NoServerReady, match="none of 3 servers is healthy"), balancer.lease():
        pytest.fail("nothing may be sent")
    with pytest.raises(NoServerReady, match="there are no servers"):
        Balancer(First()).pick("")


def test_unknown_and_double_names_and_impossible_weights_are_refused(balancer: Balancer) -> None:
    with pytest.raises(ValueError, match="a is a member already"):
        balancer.add(Server("a"))
    with pytest.raises(ValueError, match="a is a member already"):
        Balancer(First(), [A, A])
    for change in (balancer.remove, lambda name: balancer.set_health(name, True), lambda name: balancer.reweigh(name, 1.0)):
        with pytest.raises(LookupError, match="z is no member"):
            change("z")
    for weight in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="weight of z"):
            Server("z", weight)


def test_a_lease_counts_from_the_pick_to_every_way_out(balancer: Balancer, policy: First, clock: HandClock) -> None:
    with balancer.lease() as lease:
        assert (lease.server, policy.active["a"]) == (A, 1)
        clock.now_s = 0.25
    with pytest.raises(ConnectionError), balancer.lease():
        raise ConnectionError
    with balancer.lease() as lease:
        lease.failed = True
    assert policy.active["a"] == 0
    assert policy.told == [("a", 0.25, False), ("a", 0.0, True), ("a", 0.0, True)]


def test_a_cancelled_request_gives_its_place_back_and_speaks_against_nobody(balancer: Balancer, policy: First) -> None:
    async def hang(_server: Server) -> None:
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        run(call_within(0.001, balancer.call(hang)))
    assert policy.active["a"] == 0
    assert [failed for _name, _latency_s, failed in policy.told] == [False]


def test_a_refused_lease_counts_nothing(policy: First) -> None:
    balancer = Balancer(policy)
    with pytest.raises(NoServerReady):
        Lease(balancer, "").__enter__()
    assert policy.active == {}


def test_a_request_under_way_outlives_its_servers_membership(balancer: Balancer, policy: First) -> None:
    with balancer.lease():
        balancer.remove("a")
        assert policy.active["a"] == 1
        balancer.add(A)
        assert policy.active["a"] == 1, "it is still under way when the server returns"
    balancer.set_health("a", healthy=True)
    assert policy.active == {"a": 0, "b": 0, "c": 0}


def test_counts_of_servers_that_have_gone_are_forgotten(balancer: Balancer, policy: First) -> None:
    for number in range(50):
        balancer.add(Server(f"short-lived-{number}"))
        balancer.remove(f"short-lived-{number}")
    assert set(policy.active) == {"a", "b", "c"}


def test_a_snapshot_that_somebody_holds_does_not_change(balancer: Balancer) -> None:
    held = balancer.ready
    balancer.remove("b")
    balancer.set_health("a", healthy=False)
    assert names(held) == ["a", "b", "c"]


def test_calls_pass_on_results_and_errors(balancer: Balancer) -> None:
    async def greet(server: Server) -> str:
        return f"hello from {server.name}"

    async def fail(_server: Server) -> str:
        raise ConnectionRefusedError

    assert run(balancer.call(greet)) == "hello from a"
    with pytest.raises(ConnectionRefusedError):
        run(balancer.call(fail))


def test_takes_the_running_loops_clock_by_default() -> None:
    policy = First()
    balancer = Balancer(policy, [A])

    async def wait(_server: Server) -> None:
        await asyncio.sleep(0.002)

    run(balancer.call(wait))
    assert 0.001 < policy.told[0][1] < 0.5


def test_readers_in_other_threads_never_meet_a_half_changed_pool() -> None:
    """What a plain list, shrunk while it is read, cannot promise: see the naive round robin's tests."""
    balancer = Balancer(LeastConnections(), [A, B, C])
    failures: list[Exception] = []

    def read() -> None:
        for _ in range(3000):
            try:
                snapshot = balancer.ready
                assert snapshot[len(snapshot) - 1].name in "abc"
            except Exception as error:  # whatever it is, the test has to say so
                failures.append(error)

    reader = Thread(target=read)
    reader.start()
    while reader.is_alive():
        balancer.set_health("b", healthy=False)
        balancer.remove("c")
        balancer.add(C)
        balancer.set_health("b", healthy=True)
    reader.join()
    assert failures == []
