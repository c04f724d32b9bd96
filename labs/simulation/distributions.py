"""Service times, think times and delays, each given by its mean and its coefficient of variation (cv, deviation / mean).

A distribution makes a sampler from a random stream. Each draws a fixed number of uniforms per sample, so two runs that differ
in the mean alone use the same luck for the same request.

Source of the fits to two moments: H. C. Tijms, *A First Course in Stochastic Models* (2003), appendix B.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from statistics import NormalDist
from typing import Protocol

Sampler = Callable[[], float]

SMALLEST_UNIFORM = 2.0**-54
MOST_STAGES = 1000


class Distribution(Protocol):
    """A non-negative random time in seconds."""

    @property
    def mean_s(self) -> float: ...

    @property
    def cv(self) -> float: ...

    def sampler(self, rng: Random) -> Sampler:
        """Draws from `rng` at each call."""
        ...


@dataclass(frozen=True, slots=True)
class Constant:
    """Always the mean: cv 0."""

    mean_s: float
    cv: float = 0.0

    def sampler(self, rng: Random) -> Sampler:
        value_s = self.mean_s
        return lambda: value_s


@dataclass(frozen=True, slots=True)
class Exponential:
    """Without memory: cv 1."""

    mean_s: float
    cv: float = 1.0

    def sampler(self, rng: Random) -> Sampler:
        mean_s, uniform, log = self.mean_s, rng.random, math.log
        return lambda: -log(1.0 - uniform()) * mean_s


@dataclass(frozen=True, slots=True)
class Erlang:
    """The sum of equal exponential stages: cv 1 / sqrt(stages)."""

    mean_s: float
    stages: int

    def __post_init__(self) -> None:
        if self.stages < 1:
            raise ValueError(f"an Erlang distribution has at least one stage, not {self.stages}")

    @property
    def cv(self) -> float:
        return 1.0 / math.sqrt(self.stages)

    def sampler(self, rng: Random) -> Sampler:
        stages, stage_mean_s, uniform, log = range(self.stages), self.mean_s / self.stages, rng.random, math.log
        return lambda: -sum(log(1.0 - uniform()) for _ in stages) * stage_mean_s


@dataclass(frozen=True, slots=True)
class MixedErlang:
    """k-1 stages with some probability, else k: any cv between 0 and 1 (k is the smallest number with 1/k <= cv^2)."""

    mean_s: float
    cv: float

    def __post_init__(self) -> None:
        if not 1.0 / math.sqrt(MOST_STAGES) <= self.cv <= 1.0:
            raise ValueError(f"a mixed Erlang distribution has a cv between 0.032 and 1, not {self.cv:g}")

    @property
    def stages(self) -> int:
        return max(2, math.ceil(1.0 / self.cv**2 - 1e-9))

    @property
    def share_of_fewer_stages(self) -> float:
        stages, squared = self.stages, self.cv**2
        root = math.sqrt(max(0.0, stages * (1.0 + squared) - stages**2 * squared))
        return (stages * squared - root) / (1.0 + squared)

    def sampler(self, rng: Random) -> Sampler:
        stages, fewer, uniform, log = self.stages, self.share_of_fewer_stages, rng.random, math.log
        stage_mean_s = self.mean_s / (stages - fewer)
        first_stages = range(stages - 1)

        def sample() -> float:
            short = uniform() < fewer
            logs = sum(log(1.0 - uniform()) for _ in first_stages)
            last = log(1.0 - uniform())
            return -(logs if short else logs + last) * stage_mean_s

        return sample


@dataclass(frozen=True, slots=True)
class Hyperexponential:
    """Mostly short, seldom very long: one of two exponentials that carry the same load (balanced means). cv above 1."""

    mean_s: float
    cv: float

    def __post_init__(self) -> None:
        if self.cv < 1.0:
            raise ValueError(f"a hyperexponential distribution has a cv of at least 1, not {self.cv:g}")

    def sampler(self, rng: Random) -> Sampler:
        squared = self.cv**2
        share = 0.5 * (1.0 + math.sqrt((squared - 1.0) / (squared + 1.0)))
        short_s, long_s = self.mean_s / (2.0 * share), self.mean_s / (2.0 * (1.0 - share))
        uniform, log = rng.random, math.log

        def sample() -> float:
            mean_s = short_s if uniform() < share else long_s
            return -log(1.0 - uniform()) * mean_s

        return sample


@dataclass(frozen=True, slots=True)
class Lognormal:
    """The usual shape of network and storage delays: a lump with a long tail. Any cv."""

    mean_s: float
    cv: float

    def sampler(self, rng: Random) -> Sampler:
        variance = math.log(1.0 + self.cv**2)
        mu, sigma = math.log(self.mean_s) - variance / 2.0, math.sqrt(variance)
        uniform, exp, quantile = rng.random, math.exp, NormalDist().inv_cdf
        return lambda: exp(mu + sigma * quantile(uniform() or SMALLEST_UNIFORM))


def service_time(mean_s: float, cv: float = 1.0) -> Distribution:
    """The customary distribution for a mean and a cv: constant, mixed Erlang, exponential or hyperexponential."""
    if mean_s < 0 or cv < 0:
        raise ValueError(f"mean and cv cannot be negative: {mean_s:g} s, {cv:g}")
    if cv == 0:
        return Constant(mean_s)
    if cv == 1:
        return Exponential(mean_s)
    return MixedErlang(mean_s, cv) if cv < 1 else Hyperexponential(mean_s, cv)
