"""The policy of each arm, as the knobs want it: production form, or the form of the whiteboard."""

from collections.abc import Callable, Mapping
from random import Random

from labs.experiments.settings import Settings
from labs.patterns.balancing import Policy
from labs.patterns.clock import Clock
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
from labs.patterns.two_choices import TwoChoices
from labs.patterns.weighted_random import WeightedRandom

PICKS_LEFT = 2000
"""Before the 32-bit counter is at its end."""


def policy(arm: str, settings: Settings, rng: Random, clock: Clock) -> Policy:
    """One balancer's policy in that arm."""
    return _MAKERS[arm](settings, rng, clock)


def load_bound(settings: Settings) -> float | None:
    chosen = settings.choice("load_bound")
    return None if chosen == "none" else float(chosen)


def turn(policy: Policy, knob: str, settings: Settings) -> None:
    """A knob was turned; what is not this policy's is ignored."""
    if isinstance(policy, PeakEwma) and knob in ("decay_s", "failure_s"):
        setattr(policy, knob, settings.number(knob))
    elif isinstance(policy, ConsistentHash) and knob == "load_bound":
        policy.load_bound = load_bound(settings)


def _weighted_random(settings: Settings, rng: Random, _clock: Clock) -> Policy:
    return WeightedRandom(rng) if settings.flag("follow_health") else NaiveWeightedRandom(rng)


def _round_robin(settings: Settings, rng: Random, _clock: Clock) -> Policy:
    return RoundRobin(rng) if settings.choice("counter") == "bounded" else NaiveRoundRobin(LARGEST - PICKS_LEFT)


def _least_connections(settings: Settings, rng: Random, _clock: Clock) -> Policy:
    return LeastConnections(rng) if settings.flag("count_requests") else NaiveLeastConnections()


def _peak_ewma(settings: Settings, rng: Random, clock: Clock) -> Policy:
    return PeakEwma(rng, decay_s=settings.number("decay_s"), failure_s=settings.number("failure_s"), clock=clock)


_MAKERS: Mapping[str, Callable[[Settings, Random, Clock], Policy]] = {
    "random": lambda _settings, rng, _clock: RandomPolicy(rng),
    "round-robin": _round_robin,
    "weighted-random": _weighted_random,
    "smooth-weighted-round-robin": lambda _settings, _rng, _clock: SmoothWeightedRoundRobin(),
    "least-connections": _least_connections,
    "two-choices": lambda _settings, rng, _clock: TwoChoices(rng),
    "peak-ewma": _peak_ewma,
    "consistent-hash": lambda settings, _rng, _clock: ConsistentHash(settings.whole("virtual_nodes"), load_bound(settings)),
    "join-idle-queue": lambda settings, rng, _clock: JoinIdleQueue(rng, alone=settings.whole("balancers") == 1),
}
