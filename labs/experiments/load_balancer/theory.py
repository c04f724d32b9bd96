"""What closed forms say of each arm of the load-balancer lab, and when they have to be silent."""

from labs.experiments.events import Prediction
from labs.experiments.load_balancer.instruments import CROWDED
from labs.experiments.load_balancer.keys import Keys
from labs.experiments.load_balancer.machines import means_s, pool, weights
from labs.experiments.settings import Settings
from labs.experiments.spec import RunSpec
from labs.patterns.consistent_hash import ConsistentHash
from labs.theory.balancing import (
    GM1,
    IN_TURN,
    SPLIT,
    central_quantile_s,
    draw_repeat_share,
    in_turn_mean_s,
    in_turn_quantile_s,
    in_turn_root,
    split_mean_s,
    split_quantile_s,
)
from labs.theory.choices import (
    GAST,
    LU_WITHDRAWING,
    choices_exceeds,
    two_choices_exceeds,
    two_choices_mean_s,
    two_choices_shift,
    withdrawing_idle_queue_mean_s,
)
from labs.theory.closed_form import ClosedForm
from labs.theory.queueing import LITTLE, OVERLOAD, mmc_mean_time_s

TRUSTED_SHIFT = 0.04
"""Two choices' form is shown where its correction for finitely many servers is below this, so that the next one is small."""
TRUSTED_TAIL_SHIFT = 0.25
FEW_SERVERS = "the form is that of many servers, and these are too few"
ENOUGH = 4
LIGHT = 0.7
FEW_BALANCERS = (
    f"the limit of join idle queue needs {ENOUGH} balancers or more with {ENOUGH} servers or more to each, at most "
    f"{LIGHT:.0%} busy"
)
SETTLED = 0.25
"""Queues have to settle within this share of the run."""
QUANTILES = (("p50_s", 0.50), ("p95_s", 0.95), ("p99_s", 0.99))
DRAWN = ("random", "weighted-random", "consistent-hash")
NO_FORM = {
    "least-connections": "no closed form is known for the shortest of more than two queues; two choices and the one queue "
    "for all lie on either side of it",
    "peak-ewma": "no closed form is known for choices by an average of latencies",
    "smooth-weighted-round-robin": "with unequal weights the gaps between requests at a server are of several kinds",
}

SOURCES = {
    "least-connections": "R. R. Weber, On the Optimal Assignment of Customers to Parallel Servers, J. Appl. Prob. 15 (1978)",
    "peak-ewma": "documentation of Finagle's load balancers",
    "smooth-weighted-round-robin": GM1,
    "two-choices": GAST,
    "join-idle-queue": LU_WITHDRAWING,
}
STEADY = "Poisson arrivals, equal servers with exponential work, steady state"


def predictions(arm: str, spec: RunSpec) -> tuple[Prediction, ...]:
    """For one arm: times to the answer, load, crowds, repeats, and the one queue for all."""
    run = _Run(arm, spec)
    return (*run.times(), run.utilization(), run.crowded(), *run.repeats(), *run.central())


class _Run:
    """The run as theory sees it: so much traffic to servers of such speeds."""

    def __init__(self, arm: str, spec: RunSpec) -> None:
        settings = self.settings = Settings(spec.parameters)
        self.arm, self.servers = arm, settings.whole("servers")
        self.rate_rps, self.mean_s = settings.number("rate_rps"), settings.number("service_mean_s")
        self.cv, self.duration_s = settings.number("service_cv"), spec.duration_s
        self.means_s, self.load = means_s(settings)[: self.servers], self.rate_rps * self.mean_s / self.servers
        self.shares = self._shares()
        self.rates_rps = [self.rate_rps * part for part in self.shares]

    def _shares(self) -> list[float]:
        """The part of the traffic that each server gets, where the policy knows it beforehand."""
        if self.arm == "weighted-random":
            believed = weights(self.settings)[: self.servers]
            return [weight / sum(believed) for weight in believed]
        return self._key_shares() if self.arm == "consistent-hash" else [1.0 / self.servers] * self.servers

    def _key_shares(self) -> list[float]:
        """By where the keys are at home."""
        ring = ConsistentHash(self.settings.whole("virtual_nodes"))
        members = pool(self.settings)
        ring.change(members, members)
        keys = Keys(self.settings.whole("keys"), self.settings.number("key_skew"))
        parts = {server.name: 0.0 for server in members}
        for name, part in zip(keys.names, keys.shares, strict=True):
            parts[ring.owner(name).name] += part
        return list(parts.values())

    # Why a form does not hold

    @property
    def restless(self) -> str:
        """Why the pool is not the same all the time."""
        if self.settings.choice("incident") != "none" and self.settings.number("incident_start_s") < self.duration_s:
            return "a server is slow or dead for a part of this run"
        return "servers are taken out and come back" if self.settings.number("churn_per_min") else ""

    @property
    def unsettled(self) -> str:
        """A queue forgets its beginning the more slowly the nearer its load is to 1."""
        if self.arm in DRAWN or self.in_turn:
            return self._unsettled(max(rate * mean_s for rate, mean_s in zip(self.rates_rps, self.means_s, strict=True)))
        return self._unsettled(self.load)

    def _unsettled(self, load: float) -> str:
        if load >= 1.0:
            return ""  # the form itself says so
        late = 4.0 * max(self.means_s) / (1.0 - load) ** 2 > SETTLED * self.duration_s
        return "so near to full load a queue takes longer than the run to settle" if late else ""

    @property
    def unequal(self) -> str:
        return "the servers differ in speed" if self.settings.number("speed_spread") > 1.0 else ""

    @property
    def uneven(self) -> str:
        return "the work is not exponential" if self.cv != 1.0 else ""

    @property
    def apart(self) -> str:
        return "each of several balancers counts its own requests only" if self.settings.whole("balancers") > 1 else ""

    @property
    def naive(self) -> str:
        """Why an arm is not what its name says."""
        if self.arm == "round-robin" and self.settings.choice("counter") != "bounded":
            return "the counter comes to its end"
        if self.arm == "least-connections" and not self.settings.flag("count_requests"):
            return "nobody counts, so all requests go to one server"
        bound = self.arm == "consistent-hash" and self.settings.choice("load_bound") != "none"
        return "requests wander where a server is above its bound" if bound else ""

    @property
    def in_turn(self) -> bool:
        """Each server gets every c-th request."""
        equal = self.settings.choice("weights") == "equal" or not self.unequal
        return self.arm == "round-robin" or (self.arm == "smooth-weighted-round-robin" and equal)

    # Times to the answer

    def times(self) -> list[Prediction]:
        why_not = self.naive or self.restless or self.unsettled
        if self.arm in DRAWN:
            mean = split_mean_s(self.rates_rps, self.means_s, self.cv)
            quantiles = [split_quantile_s(self.rates_rps, self.means_s, share) for _name, share in QUANTILES]
            return _times(mean.unless(why_not), [form.unless(why_not or self.uneven) for form in quantiles])
        if self.in_turn:
            why_not = why_not or self.unequal or self.uneven or self.apart
            args = self.rate_rps, self.mean_s, self.servers
            quantiles = [in_turn_quantile_s(*args, share) for _name, share in QUANTILES]
            return _times(in_turn_mean_s(*args).unless(why_not), [form.unless(why_not) for form in quantiles])
        return _times(self._limit().unless(why_not), [])

    def _limit(self) -> ClosedForm:
        """The mean time in the limit of many servers, where that is known."""
        if self.arm in NO_FORM:
            return self._silent(NO_FORM[self.arm])
        assumed = self.unequal or self.uneven
        if self.arm == "two-choices":
            why_not = assumed or self.apart or self._few()
            return self._silent(why_not) if why_not else two_choices_mean_s(self.load, self.mean_s, self.servers)
        balancers = self.settings.whole("balancers")
        few = balancers < ENOUGH or self.servers < ENOUGH * balancers or self.load > LIGHT
        why_not = assumed or (FEW_BALANCERS if few else "")
        if why_not:
            return self._silent(why_not)
        return withdrawing_idle_queue_mean_s(self.load, self.mean_s, self.servers / balancers)

    def _few(self) -> str:
        """Why these are not the many servers of two choices' limit."""
        if self.load >= 1.0:
            return OVERLOAD
        shift = two_choices_shift(self.load, self.servers) if self.servers > 1 else 1.0
        return FEW_SERVERS if shift > TRUSTED_SHIFT else ""

    def _silent(self, why_not: str) -> ClosedForm:
        return ClosedForm(None, STEADY, SOURCES[self.arm], why_not)

    # Loads, crowds and repeats

    def utilization(self) -> Prediction:
        busy = sum(rate * mean_s for rate, mean_s in zip(self.rates_rps, self.means_s, strict=True)) / self.servers
        fed_back = self.arm not in DRAWN and not self.in_turn
        why_not = self.naive or self.restless or self.unsettled or (self.unequal if fed_back else "")
        full = (
            "more work arrives at a server than it can do"
            if any(rate * mean_s >= 1.0 for rate, mean_s in zip(self.rates_rps, self.means_s, strict=True))
            else ""
        )
        return Prediction.of("utilization", ClosedForm(busy, "all work is done", LITTLE).unless(why_not or full))

    def crowded(self) -> Prediction:
        """Share of the servers with `CROWDED` requests or more, at any instant."""
        why_not = self.naive or self.restless or self.unsettled or self.uneven
        return Prediction.of("crowded_share", self._crowds().unless(why_not))

    def _crowds(self) -> ClosedForm:
        loads = [rate * mean_s for rate, mean_s in zip(self.rates_rps, self.means_s, strict=True)]
        if self.arm in DRAWN:
            full = "more work arrives at a server than it can do" if max(loads) >= 1.0 else ""
            value = sum(load**CROWDED for load in loads) / self.servers
            return ClosedForm(value, "each server is an M/M/1 of its own: rho^k", SPLIT).unless(full)
        apart = self.unequal or self.apart or ("more work arrives than the servers can do" if self.load >= 1.0 else "")
        if apart:
            return ClosedForm(None, IN_TURN, GM1, apart)
        if self.in_turn:
            value = self.load * in_turn_root(self.load, self.servers) ** (CROWDED - 1)
            return ClosedForm(value, f"{IN_TURN}: rho · sigma^(k - 1)", GM1)
        if self.arm == "two-choices":
            return self._crowds_of_two_choices()
        return self._silent(NO_FORM.get(self.arm, "no closed form is known for it"))

    def _crowds_of_two_choices(self) -> ClosedForm:
        """Tails are corrected by more than means, so they need more servers."""
        why_not = self._few()
        if why_not:
            return self._silent(why_not)
        limit, form = choices_exceeds(self.load, CROWDED), two_choices_exceeds(self.load, self.servers, CROWDED)
        corrected = abs((form.value or 0.0) - (limit.value or 0.0))
        return form.unless(FEW_SERVERS if corrected > TRUSTED_TAIL_SHIFT * (limit.value or 0.0) else "")

    def repeats(self) -> list[Prediction]:
        """How often a server gets two requests in a row."""
        moved = self.settings.choice("incident") == "kill" or self.settings.number("churn_per_min")
        why_not = self.naive or ("the pool changes" if moved else "")
        if self.arm in DRAWN:
            return [Prediction.of("repeat_share", draw_repeat_share(self.shares).unless(why_not))]
        if self.in_turn:
            form = ClosedForm(float(self.servers == 1), "one balancer deals in turn", "by its rule")
            return [Prediction.of("repeat_share", form.unless(why_not or self.apart))]
        return []

    def central(self) -> list[Prediction]:
        """The one queue for all, which is alike in all arms."""
        why_not = self.restless or self.unequal or self.uneven or self._unsettled(self.load)
        mean = mmc_mean_time_s(self.rate_rps, self.mean_s, self.servers)
        p99 = central_quantile_s(self.rate_rps, self.mean_s, self.servers, 0.99)
        return [Prediction.of("central_mean_s", mean.unless(why_not)), Prediction.of("central_p99_s", p99.unless(why_not))]


def _times(mean: ClosedForm, quantiles: list[ClosedForm]) -> list[Prediction]:
    named = [Prediction.of(name, form) for (name, _share), form in zip(QUANTILES, quantiles, strict=False)]
    return [Prediction.of("mean_s", mean), *named]
