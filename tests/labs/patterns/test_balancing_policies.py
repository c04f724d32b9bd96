"""What each policy promises, and where its naive form breaks the promise."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from random import Random

import pytest

from labs.patterns.balancing import Balancer, NoServerReady, Policy, Server
from labs.patterns.consistent_hash import ConsistentHash
from labs.patterns.join_idle_queue import JoinIdleQueue
from labs.patterns.least_connections import LeastConnections
from labs.patterns.naive_least_connections import NaiveLeastConnections
from labs.patterns.naive_round_robin import LARGEST, NaiveRoundRobin
from labs.patterns.naive_weighted_random import NaiveWeightedRandom
from labs.patterns.peak_ewma import PeakEwma
from labs.patterns.random_balancer import RandomPolicy
from labs.patterns.round_robin import RoundRobin
from labs.patterns.smooth_weighted_round_robin import SmoothWeightedRoundRobin
from labs.patterns.two_choices import TwoChoices, draw_two
from labs.patterns.weighted_random import WeightedRandom
from tests.labs.patterns.clock import HandClock, run

EVERY: list[Callable[[], Policy]] = [
    RandomPolicy,
    RoundRobin,
    WeightedRandom,
    SmoothWeightedRoundRobin,
    LeastConnections,
    TwoChoices,
    lambda: PeakEwma(clock=HandClock()),
    ConsistentHash,
    JoinIdleQueue,
]


def pool(policy: Policy, *weights: float, clock: Callable[[], float] = lambda: 0.0) -> Balancer:
    """Servers a, b, c, … of these weights."""
    return Balancer(policy, [Server(name, weight) for name, weight in zip("abcdefghij", weights, strict=False)], clock)


def picks(balancer: Balancer, count: int) -> str:
    """So many requests, each over before the next: the servers' names in a row."""
    found = []
    for number in range(count):
        with balancer.lease(f"key-{number}") as lease:
            found.append(lease.server.name)
    return "".join(found)


@pytest.mark.parametrize("make", EVERY)
def test_every_policy_works_outside_of_the_laboratory(make: Callable[[], Policy]) -> None:
    balancer = Balancer(make(), [Server("a"), Server("b"), Server("c")])

    async def send(server: Server) -> str:
        return server.name

    async def many() -> Counter[str]:
        return Counter([await balancer.call(send, key=f"key-{number}") for number in range(300)])

    served = run(many())
    assert set(served) == {"a", "b", "c"}
    assert balancer.policy.active == {"a": 0, "b": 0, "c": 0}


@pytest.mark.parametrize("make", EVERY)
def test_no_policy_picks_who_is_ill_or_gone_or_raises_when_the_pool_shrinks_and_grows(make: Callable[[], Policy]) -> None:
    rng, balancer = Random(7), pool(make(), *[1.0] * 6)
    healthy, members = set("abcdef"), set("abcdef")
    for _ in range(300):
        name, roll = rng.choice("abcdef"), rng.random()
        if name not in members:
            balancer.add(Server(name))
            members.add(name)
            healthy.add(name)
        elif roll < 0.3 and len(members) > 2:
            balancer.remove(name)
            members.discard(name)
            healthy.discard(name)
        elif roll < 0.7:
            balancer.set_health(name, roll < 0.5)
            healthy = healthy | {name} if roll < 0.5 else healthy - {name}
        if healthy:
            assert set(picks(balancer, 5)) <= healthy
        else:
            with pytest.raises(NoServerReady):
                balancer.pick("")


@pytest.mark.parametrize("make", [WeightedRandom, SmoothWeightedRoundRobin, ConsistentHash, LeastConnections])
def test_servers_without_weight_get_nothing_and_a_pool_of_them_has_its_error(make: Callable[[], Policy]) -> None:
    assert set(picks(pool(make(), 1.0, 0.0, 1.0), 200)) == {"a", "c"}
    with pytest.raises(NoServerReady, match="weight above 0"):
        pool(make(), 0.0, 0.0).pick("")


# Random, round robin


def test_random_draws_are_uniform_and_repeatable() -> None:
    found = Counter(picks(pool(RandomPolicy(Random(1)), 1.0, 1.0, 1.0, 1.0), 8000))
    assert all(abs(count - 2000) < 200 for count in found.values())
    assert picks(pool(RandomPolicy(Random(1)), 1.0, 1.0), 50) == picks(pool(RandomPolicy(Random(1)), 1.0, 1.0), 50)


def test_round_robin_goes_round_from_a_place_of_its_own() -> None:
    balancer = pool(RoundRobin(Random(3)), 1.0, 1.0, 1.0)
    found = picks(balancer, 9)
    assert found in ("abcabcabc", "bcabcabca", "cabcabcab")
    starts = {picks(pool(RoundRobin(Random(seed)), 1.0, 1.0, 1.0), 1) for seed in range(20)}
    assert starts == {"a", "b", "c"}


def test_round_robin_leaves_out_nobody_for_more_than_a_round_when_the_pool_changes() -> None:
    balancer = pool(RoundRobin(Random(0)), 1.0, 1.0, 1.0, 1.0)
    picks(balancer, 3)
    balancer.set_health("b", healthy=False)
    assert sorted(picks(balancer, 3)) == ["a", "c", "d"]
    balancer.set_health("b", healthy=True)
    assert sorted(picks(balancer, 4)) == ["a", "b", "c", "d"]


def test_the_naive_counter_comes_to_its_end_and_takes_most_requests_with_it() -> None:
    balancer = pool(NaiveRoundRobin(LARGEST - 3), 1.0, 1.0, 1.0)
    assert len(picks(balancer, 4)) == 4
    failed = 0
    for _ in range(300):
        try:
            balancer.pick("")
        except IndexError:
            failed += 1
    assert failed == 200, "all but those whose remainder is 0"
    assert len(picks(pool(RoundRobin(), 1.0, 1.0, 1.0), 300)) == 300


def test_the_naive_list_may_shrink_between_the_length_and_the_item() -> None:
    class Checked(list[Server]):
        """A list that a health check shortens at the worst moment: when its length has just been read."""

        def __len__(self) -> int:
            length = super().__len__()
            self.pop()
            return length

    servers = Checked([Server("a"), Server("b"), Server("c")])
    with pytest.raises(IndexError):
        NaiveRoundRobin(2, servers).pick("")


# Weights


def test_weighted_draws_keep_the_shares_and_come_in_streaks() -> None:
    found = picks(pool(WeightedRandom(Random(2)), 5.0, 1.0, 1.0), 7000)
    shares = Counter(found)
    assert abs(shares["a"] - 5000) < 150
    assert abs(shares["b"] - 1000) < 120
    repeats = sum(one == other for one, other in pairwise(found)) / len(found)
    assert repeats == pytest.approx(27 / 49, abs=0.02)
    assert "aaaaaaaaaa" in found


def test_smooth_weights_deal_the_known_sequence() -> None:
    assert picks(pool(SmoothWeightedRoundRobin(), 5.0, 1.0, 1.0), 14) == "aabacaa" * 2
    assert picks(pool(SmoothWeightedRoundRobin(), 1.0, 1.0, 1.0), 6) == "abcabc"
    assert picks(pool(SmoothWeightedRoundRobin(), 3.0, 2.0), 10) == "ababa" * 2


def test_smooth_weights_are_exact_in_every_cycle() -> None:
    found = picks(pool(SmoothWeightedRoundRobin(), 4.0, 3.0, 2.0, 1.0), 200)
    for start in range(0, 200, 10):
        assert Counter(found[start : start + 10]) == {"a": 4, "b": 3, "c": 2, "d": 1}


@pytest.mark.parametrize("make", [WeightedRandom, SmoothWeightedRoundRobin])
def test_the_share_of_the_ill_goes_to_the_others_in_proportion(make: Callable[[], Policy]) -> None:
    balancer = pool(make(), 4.0, 2.0, 1.0)
    balancer.set_health("a", healthy=False)
    found = Counter(picks(balancer, 3000))
    assert found["a"] == 0
    assert found["b"] == pytest.approx(2000, abs=150)
    balancer.reweigh("c", 4.0)
    found = Counter(picks(balancer, 3000))
    assert found["c"] == pytest.approx(2000, abs=150)


def test_naive_weights_send_the_dead_their_share() -> None:
    balancer = pool(NaiveWeightedRandom(Random(1)), 1.0, 1.0, 1.0)
    balancer.set_health("b", healthy=False)
    assert Counter(picks(balancer, 3000))["b"] == pytest.approx(1000, abs=120)


def test_naive_weights_give_the_first_what_belonged_to_those_who_left_and_nothing_to_those_who_join() -> None:
    balancer = pool(NaiveWeightedRandom(Random(1)), 1.0, 1.0, 1.0, 1.0)
    balancer.remove("d")
    balancer.remove("c")
    assert Counter(picks(balancer, 3000))["a"] == pytest.approx(2250, abs=120)
    balancer.add(Server("c"))
    balancer.add(Server("d"))
    balancer.add(Server("e"))
    assert "e" not in picks(balancer, 3000)


def test_naive_weights_raise_whatever_comes_up_when_there_is_nothing_to_draw() -> None:
    policy = NaiveWeightedRandom(Random(1))
    with pytest.raises(ValueError, match="empty range"):
        policy.pick("")


# What is under way


def test_least_connections_takes_the_least_and_draws_ties() -> None:
    balancer = pool(LeastConnections(Random(1)), 1.0, 1.0, 1.0)
    with balancer.lease() as one, balancer.lease() as other:
        assert {one.server.name, other.server.name} | {balancer.pick("").name} == {"a", "b", "c"}
    assert set(picks(balancer, 60)) == {"a", "b", "c"}


def test_least_connections_weighs() -> None:
    balancer = pool(LeastConnections(Random(1)), 3.0, 1.0)
    leases = [balancer.lease().__enter__() for _ in range(8)]
    assert Counter(lease.server.name for lease in leases) == {"a": 6, "b": 2}
    idle = pool(LeastConnections(Random(1)), 0.0, 1.0)
    assert set(picks(idle, 20)) == {"b"}


def test_without_counting_all_go_to_the_first() -> None:
    naive, counted = pool(NaiveLeastConnections(), 1.0, 1.0, 1.0), pool(LeastConnections(Random(1)), 1.0, 1.0, 1.0)
    for balancer, expected in ((naive, {"a": 300}), (counted, {"a": 100, "b": 100, "c": 100})):
        leases = [balancer.lease().__enter__() for _ in range(300)]
        assert Counter(lease.server.name for lease in leases) == expected


def test_two_different_servers_are_drawn_each_pair_as_often() -> None:
    servers, rng = tuple(Server(name) for name in "abcd"), Random(5)
    pairs = Counter(draw_two(servers, rng.random(), rng.random()) for _ in range(12_000))
    assert len(pairs) == 12
    assert all(one is not other for one, other in pairs)
    assert all(abs(count - 1000) < 120 for count in pairs.values())
    assert draw_two(servers[:1], 0.5, 0.5) == (servers[0], servers[0])


def test_two_choices_avoid_the_busier() -> None:
    balancer = pool(TwoChoices(Random(1)), 1.0, 1.0, 1.0)
    busy = [balancer.lease().__enter__() for _ in range(3)]
    assert Counter(lease.server.name for lease in busy).most_common(1)[0][1] <= 2
    balancer.policy.active.update({"a": 9, "b": 0, "c": 0})
    assert "a" not in picks(balancer, 100)


def test_two_choices_leave_far_shorter_queues_than_one() -> None:
    longest = {}
    for name, policy in (("one", RandomPolicy(Random(3))), ("two", TwoChoices(Random(3)))):
        balancer = Balancer(policy, [Server(str(number)) for number in range(500)], HandClock())
        for _ in range(500):
            balancer.lease().__enter__()
        longest[name] = max(policy.active.values())
    assert longest["two"] <= 3 < longest["one"]


# Latency


def answer(balancer: Balancer, clock: HandClock, took_s: dict[str, float], count: int, failing: str = "") -> Counter[str]:
    """So many requests, one after the other, each as slow as its server."""
    found = Counter[str]()
    for _ in range(count):
        with balancer.lease() as lease:
            found[lease.server.name] += 1
            clock.now_s += took_s[lease.server.name]
            lease.failed = lease.server.name == failing
    return found


def test_peak_ewma_prefers_who_answers_fast_without_being_told() -> None:
    clock = HandClock()
    balancer = pool(PeakEwma(Random(1), decay_s=10.0, clock=clock), 1.0, 1.0, 1.0, clock=clock)
    found = answer(balancer, clock, {"a": 0.01, "b": 0.01, "c": 0.1}, 400)
    assert found["c"] < 40


def test_peak_ewma_believes_a_peak_at_once_and_forgets_it_slowly() -> None:
    clock = HandClock()
    policy = PeakEwma(Random(1), decay_s=10.0, clock=clock)
    balancer = pool(policy, 1.0, 1.0, clock=clock)
    answer(balancer, clock, {"a": 0.01, "b": 0.01}, 20)
    answer(balancer, clock, {"a": 1.0, "b": 0.01}, 5)
    assert answer(balancer, clock, {"a": 0.01, "b": 0.01}, 50)["a"] == 0, "it is remembered"
    clock.now_s += 100.0
    assert answer(balancer, clock, {"a": 0.01, "b": 0.01}, 50)["a"] > 5, "and tried again when the memory has faded"


def test_peak_ewma_lets_failures_cost_though_they_are_fast() -> None:
    clock = HandClock()
    balancer = pool(PeakEwma(Random(1), failure_s=1.0, clock=clock), 1.0, 1.0, 1.0, clock=clock)
    found = answer(balancer, clock, {"a": 0.001, "b": 0.05, "c": 0.05}, 200, failing="a")
    assert found["a"] < 10


def test_peak_ewma_sends_one_request_to_the_unknown_and_waits_for_its_answer() -> None:
    clock = HandClock()
    policy = PeakEwma(Random(1), clock=clock)
    balancer = pool(policy, 1.0, clock=clock)
    answer(balancer, clock, {"a": 0.05}, 5)
    balancer.add(Server("b"))
    leases = [balancer.lease().__enter__() for _ in range(10)]
    assert [lease.server.name for lease in leases] == ["b", *"aaaaaaaaa"]
    balancer.remove("b")
    balancer.add(Server("b"))
    assert "b" not in policy._records, "who returns after having left is unknown again"


def test_peak_ewma_refuses_an_impossible_memory() -> None:
    with pytest.raises(ValueError, match="decay_s"):
        PeakEwma(decay_s=0.0)


# Keys


KEYS = [f"key-{number}" for number in range(4000)]


def homes(balancer: Balancer) -> dict[str, str]:
    return {key: balancer.pick(key).name for key in KEYS}


def test_the_same_key_goes_to_the_same_server_in_every_process() -> None:
    balancer = pool(ConsistentHash(), *[1.0] * 5)
    assert homes(balancer) == homes(pool(ConsistentHash(), *[1.0] * 5))
    assert "".join(balancer.pick(f"key-{number}").name for number in range(20)) == "badebdedbbeacdaeebeb"


def test_few_keys_move_and_only_from_or_to_the_server_that_changed() -> None:
    balancer = pool(ConsistentHash(), *[1.0] * 10)
    before = homes(balancer)
    balancer.set_health("d", healthy=False)
    without = homes(balancer)
    moved = {key for key in KEYS if before[key] != without[key]}
    assert all(before[key] == "d" for key in moved)
    assert 0.05 < len(moved) / len(KEYS) < 0.15, "about a tenth"
    assert len({without[key] for key in moved}) == 9, "spread over all others"
    balancer.set_health("d", healthy=True)
    assert homes(balancer) == before


def test_more_virtual_nodes_spread_more_evenly_and_weights_widen_the_arcs() -> None:
    def spread(virtual_nodes: int) -> float:
        counts = Counter(homes(pool(ConsistentHash(virtual_nodes), *[1.0] * 10)).values())
        return max(counts.values()) / min(counts.values())

    assert spread(200) < 1.6 < spread(2)
    counts = Counter(homes(pool(ConsistentHash(200), 3.0, 1.0)).values())
    assert counts["a"] / counts["b"] == pytest.approx(3.0, rel=0.2)


def test_a_bound_passes_over_the_full_and_keeps_all_others_at_home() -> None:
    balancer = pool(ConsistentHash(load_bound=1.25), *[1.0] * 4)
    home = balancer.policy.owner("popular")  # type: ignore[attr-defined]
    leases = [balancer.lease("popular").__enter__() for _ in range(100)]
    counts = Counter(lease.server.name for lease in leases)
    assert max(counts.values()) <= 32, "1.25 times the mean of 25, rounded up"
    assert leases[0].server is home
    assert len(counts) == 4
    unbound = pool(ConsistentHash(), *[1.0] * 4)
    assert {unbound.lease("popular").__enter__().server.name for _ in range(100)} == {home.name}


@pytest.mark.parametrize("arguments", [{"virtual_nodes": 0}, {"load_bound": 1.0}])
def test_impossible_rings_are_refused(arguments: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        ConsistentHash(**arguments)  # type: ignore[arg-type]


# Idle servers


def idle(policy: JoinIdleQueue) -> tuple[str, ...]:
    return policy.idle_servers


def test_join_idle_queue_takes_the_idle_in_their_order_and_then_anyone() -> None:
    policy = JoinIdleQueue(Random(1))
    balancer = pool(policy, 1.0, 1.0, 1.0)
    leases = [balancer.lease().__enter__() for _ in range(3)]
    assert [lease.server.name for lease in leases] == ["a", "b", "c"]
    leases[1].__exit__(None, None, None)
    assert balancer.pick("").name == "b"
    with balancer.lease():
        assert idle(policy) == ()
        assert {balancer.pick("").name for _ in range(60)} == {"a", "b", "c"}


def test_join_idle_queue_forgets_who_is_ill_and_hears_of_who_returns() -> None:
    policy = JoinIdleQueue(Random(1))
    balancer = pool(policy, 1.0, 1.0, 1.0)
    balancer.set_health("a", healthy=False)
    assert idle(policy) == ("b", "c")
    balancer.set_health("a", healthy=True)
    assert idle(policy) == ("b", "c", "a")


def test_one_of_several_balancers_knows_only_what_servers_tell_it() -> None:
    policy = JoinIdleQueue(Random(1), alone=False)
    balancer = pool(policy, 1.0, 1.0, 1.0)
    assert idle(policy) == ()
    policy.idle("c")
    policy.idle("c")
    policy.idle("nobody")
    assert idle(policy) == ("c",)
    with balancer.lease() as lease:
        assert lease.server.name == "c"
        policy.idle("c")
        assert idle(policy) == (), "it is busy for this very balancer"
    policy.idle("a")
    policy.withdraw("a")
    policy.withdraw("b")
    assert idle(policy) == ()
