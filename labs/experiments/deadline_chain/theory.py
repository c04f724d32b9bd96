"""What closed forms say of the deadline lab's arms, and when they have to be silent."""

from collections.abc import Iterable
from math import inf

from labs.experiments.deadline_chain.visits import HOPS
from labs.experiments.events import Prediction
from labs.experiments.settings import Settings
from labs.experiments.spec import RunSpec
from labs.theory.closed_form import ClosedForm
from labs.theory.deadlines import HopLimit, attempts_at_last_hop, calls_at_hops, fits, late_share, wasted_share
from labs.theory.queueing import KLEINROCK, OVERLOAD, erlang_c, mmc_mean_time_s

SELDOM = 0.01
RARE = 0.001
FAR = 15.0
BURKE = f"P. J. Burke, The Output of a Queuing System, Operations Research 4 (1956); {KLEINROCK}; Little"
TANDEM = "Poisson arrivals, exponential work; what leaves an M/M/c queue is a Poisson stream again, so each hop is one"
GUARANTEE = "each hop stops at the deadline that came with the call, from which the way was deducted"


def predictions(arm: str, spec: RunSpec) -> tuple[Prediction, ...]:
    run = _Run(arm, spec)
    return (_wasted(run), _late(run), _calls(run), *_inside(run))


def hop_limits(settings: Settings) -> tuple[HopLimit, ...]:
    """What gateway, A and B allow themselves where the limits shrink."""
    attempts, pause_s = settings.whole("attempts"), settings.number("backoff_s")
    return tuple(
        HopLimit(
            settings.number(f"timeout_{name}_s"),
            own_s=settings.number(f"mean_{name}_s"),
            calls=settings.whole("calls") if name == "a" else 1,
            attempts=attempts,
            pause_s=pause_s * 2.0 ** max(0, attempts - 2),
            network_s=settings.number("network_s"),
        )
        for name in HOPS[:-1]
    )


def too_long(settings: Settings) -> list[tuple[str, float, float]]:
    """The hops that may need longer than their caller waits: name, seconds needed, seconds allowed."""
    checked = fits(settings.number("patience_s"), hop_limits(settings))
    return [(name, fit.longest_s, fit.allowed_s) for name, fit in zip(HOPS, checked, strict=False) if not fit.holds]


class _Run:
    """The spec as theory sees it."""

    def __init__(self, arm: str, spec: RunSpec) -> None:
        settings = self.settings = Settings(spec.parameters)
        self.arm, self.rate_rps = arm, settings.number("rate_rps")
        self.means_s = [settings.number(f"mean_{name}_s") for name in HOPS]
        self.workers, self.network_s = settings.whole("workers"), settings.number("network_s")
        self.way_s = settings.number("way_s")
        self.patience_s, self.failure_rate = settings.number("patience_s"), settings.number("failure_rate")
        self.attempts, self.calls = settings.whole("attempts"), settings.whole("calls")
        self.cancel, self.cv = settings.flag("cancel"), settings.number("service_cv")
        within = settings.number("slow_for_s") > 0.0 and settings.number("slow_start_s") < spec.duration_s
        self.slow = "C is slow for part of the run" if settings.choice("slowness") == "scheduled" and within else ""
        self.rates_rps = [self.rate_rps * calls for calls in calls_at_hops(self.failure_rate, self.attempts, len(HOPS) - 1)]
        self.times_s = [
            mmc_mean_time_s(rate_rps, mean_s, self.workers).value or inf
            for rate_rps, mean_s in zip(self.rates_rps, self.means_s, strict=True)
        ]

    @property
    def shortest_limit_s(self) -> float:
        """The first limit that anybody could run into."""
        number = self.settings.number
        own_s = [number(f"timeout_{name}_s") for name in HOPS[:-1]]
        by_hops_s = {"no-timeouts": inf, "same-timeout-everywhere": number("timeout_s")}.get(self.arm, min(own_s))
        seen_by_user_s = inf if self.arm == "no-timeouts" and not self.cancel else self.patience_s
        return min(by_hops_s, seen_by_user_s)

    @property
    def cut(self) -> str:
        """Why calls do not run to their end: some limit is near what a call takes, with all its retries."""
        tail_s = max(
            max(mean_s, mean_s / max(1e-9, self.workers - rate_rps * mean_s))
            for rate_rps, mean_s in zip(self.rates_rps, self.means_s, strict=True)
        ) * (1.0 + self.cv**2 if self.cv > 1.0 else 1.0)
        rounds = self.calls * (self.attempts if self.failure_rate else 1) ** (len(HOPS) - 1)
        network_s = 2.0 * len(HOPS) * self.network_s
        longest_s = rounds * (sum(self.times_s) + network_s + self.settings.number("backoff_s") + FAR * tail_s)
        return "limits cut some calls short" if longest_s > self.shortest_limit_s else ""

    @property
    def queues(self) -> str:
        """Why the time at a hop is more than its work."""
        waits = [erlang_c(self.workers, self.rate_rps * self.calls * mean_s).value for mean_s in self.means_s]
        return "requests wait for workers" if any(share is None or share > SELDOM for share in waits) else ""

    @property
    def full(self) -> str:
        """Why some are turned away: a line of so many places is full now and then."""
        patience = self.settings.number("queue_limit")
        for rate_rps, mean_s in zip(self.rates_rps, self.means_s, strict=True):
            waits = erlang_c(self.workers, rate_rps * self.calls * mean_s).value
            if waits is not None and waits * (rate_rps * self.calls * mean_s / self.workers) ** patience > RARE:
                return "some find the queue of a hop full"
        return ""

    @property
    def general(self) -> str:
        return "" if self.cv == 1.0 else "the work is not exponential"

    @property
    def branches(self) -> str:
        """Why a request is not one call a hop."""
        if self.calls > 1:
            return "A calls B more than once"
        return "failed calls are repeated" if self.failure_rate and self.attempts > 1 else ""


def _wasted(run: _Run) -> Prediction:
    """Work for nobody: nothing where it is cut off in time, the integral of the tail where nobody is told."""
    if run.arm == "deadline-propagated":
        short = "less is deducted than the way takes: hops work on for that long"
        form = ClosedForm(0.0, GUARANTEE, "labs.patterns.deadline, rules 3 and 4")
        return Prediction.of("wasted_share", form.unless(short if run.way_s < 2.0 * run.network_s else ""))
    if run.cancel:
        return Prediction.of(
            "wasted_share", ClosedForm(0.0, "whoever gives up reaches all who work for it, at once", "labs.patterns.timeout")
        )
    form = wasted_share(run.means_s, run.patience_s)
    return Prediction.of("wasted_share", form.unless(_not_a_chain(run)))


def _late(run: _Run) -> Prediction:
    form = late_share(run.means_s, run.patience_s)
    return Prediction.of("timeout_rate", form.unless(_not_a_chain(run)))


def _not_a_chain(run: _Run) -> str:
    """Why the user's time is not the sum of four stages, cut by nothing but the user's patience."""
    disturbed = run.slow or run.general or run.branches or run.queues or run.full
    if disturbed:
        return disturbed
    if 2.0 * len(HOPS) * run.network_s > SELDOM * run.patience_s:
        return "the network takes a share of the time"
    if run.failure_rate:
        return "some calls fail"
    return _cut_by_hops(run)


def _cut_by_hops(run: _Run) -> str:
    """Limits of the hops that come before the user's, and retries after them."""
    if run.arm == "no-timeouts":
        return ""
    if run.arm == "same-timeout-everywhere" and run.settings.number("timeout_s") >= run.patience_s:
        return "" if run.attempts == 1 else "calls that were given up are repeated"
    return run.cut


def _calls(run: _Run) -> Prediction:
    """Retries of three layers multiply."""
    form = attempts_at_last_hop(run.failure_rate, run.attempts, len(HOPS) - 1)
    load = max(rate_rps * mean_s for rate_rps, mean_s in zip(run.rates_rps, run.means_s, strict=True)) / run.workers
    full = "a hop has more to do than it can" if load > 0.95 else run.full
    cut = "" if run.arm == "no-timeouts" and not run.cancel else run.cut
    many = "A calls B more than once" if run.calls > 1 else ""
    return Prediction.of("c_calls_per_request", form.unless(run.slow or many or full or cut))


def _inside(run: _Run) -> Iterable[Prediction]:
    """Requests inside each hop, waiting for its callees included: Little's law over a row of M/M/c queues."""
    stable = inf not in run.times_s
    cut = "" if run.arm == "no-timeouts" and not run.cancel else run.cut
    why_not = run.slow or run.general or run.branches or ("" if stable else OVERLOAD) or run.full or cut
    for place, name in enumerate(HOPS):
        inner_s = sum(run.times_s[place:]) + 2.0 * run.network_s * (len(HOPS) - 1 - place)
        form = ClosedForm(run.rate_rps * inner_s if stable else None, TANDEM, BURKE)
        yield Prediction.of(f"{name}_in_flight", form.unless(why_not))
