"""What closed forms say of the bulkhead lab's arms, and when they have to be silent.

A and B have walls around them in two of the arms: their forms hold for the whole run, whatever happens to C.
"""

from collections.abc import Iterable, Mapping
from math import exp

from labs.experiments.bulkhead.sizing import NAMES, sizes
from labs.experiments.events import Prediction
from labs.experiments.settings import Settings
from labs.experiments.spec import RunSpec
from labs.theory.bulkhead import Pool, last_waits_longer, pool_loss, pooling_loss, shared_loss, split_loss
from labs.theory.closed_form import ClosedForm
from labs.theory.queueing import ERLANG, LITTLE, mmck_mean_wait_s

NEGLIGIBLE = 0.001
FEW = 500.0
QUEUE = "a queue in front of slots has a closed form for exponential times alone"


def predictions(arm: str, spec: RunSpec, warm_up_s: float) -> tuple[Prediction, ...]:
    run = _Run(arm, spec, warm_up_s)
    return tuple(_shared(run)) if arm == "shared" else tuple(_walled(run))


class _Run:
    """The spec as theory sees it."""

    def __init__(self, arm: str, spec: RunSpec, warm_up_s: float) -> None:
        settings = Settings(spec.parameters)
        self.timeout_s, self.cv = settings.number("timeout_s"), settings.number("service_cv")
        self.cut_s = self.timeout_s if settings.flag("call_timeout") else float("inf")
        self.patience_s = min(self.timeout_s, settings.number("max_wait_s"))
        self.queue_limit = 0 if arm == "semaphore" else settings.whole("queue_limit")
        self.pools: Mapping[str, Pool] = {
            name: Pool(settings.number(f"rate_{name}_rps"), self._mean_s(settings.number(f"mean_{name}_s")), slots)
            for name, slots in sizes(settings).items()
        }
        self.measured_s = max(0.0, spec.duration_s - warm_up_s)
        start_s, end_s = settings.number("slow_start_s"), settings.number("slow_start_s") + settings.number("slow_for_s")
        last_s = end_s + min(settings.number("slow_s"), self.cut_s)  # of the calls that began while it was slow
        overlaps = start_s < spec.duration_s and last_s > warm_up_s
        slow = settings.choice("slowness") == "scheduled" and overlaps
        self.slow = "C is slow for part of the run" if slow else ""

    def _mean_s(self, mean_s: float) -> float:
        """Calls with a timeout of their own are cut short: E[min(S, T)] of exponential times."""
        return mean_s * (1.0 - exp(-self.cut_s / mean_s)) if self.cv == 1.0 else mean_s

    def turned_away(self, metric: str, loss: ClosedForm, rate_rps: float) -> Prediction:
        """The share, with how many calls a run of this length turns away: where they are few, their number scatters."""
        number = (loss.value or 0.0) * rate_rps * self.measured_s
        few = f"; the mean of many runs, of which one turns about {number:.2g} calls away" if number < FEW else ""
        return Prediction(metric, loss.value, loss.assumes + few, loss.source, loss.why_not, draws=number)

    def cut(self, pool: Pool) -> str:
        """Why the mean time is not known: some calls are cut short, and not of exponential times."""
        far = self.cut_s > 50.0 * pool.mean_s * max(1.0, self.cv**2) or (self.cv == 0.0 and self.cut_s >= pool.mean_s)
        return "" if far or self.cv == 1.0 else "calls are cut short by their timeout"

    def queues(self, pool: Pool, slots: int, queue_limit: int) -> str:
        """Why a queue in front of these slots is not that of M/M/c/K."""
        if not queue_limit:
            return ""
        cut_short = self.cut_s < 10.0 * pool.mean_s
        leaves = (last_waits_longer(pool.mean_s, slots, queue_limit, self.patience_s).value or 0.0) > NEGLIGIBLE
        if self.cv != 1.0 or cut_short:
            return QUEUE
        return "some lose patience in line" if leaves else ""


def _walled(run: _Run) -> Iterable[Prediction]:
    """Split pools and semaphores: each dependency is a loss system of its own."""
    reasons = {name: _why_not(run, name, pool) for name, pool in run.pools.items()}
    for name, pool in run.pools.items():
        loss = pool_loss(pool, run.queue_limit).unless(reasons[name])
        yield run.turned_away(f"{name}_rejected_rate", loss, pool.rate_rps)
        busy = ClosedForm(pool.load * (1.0 - (loss.value or 0.0)), loss.assumes, LITTLE)
        yield Prediction.of(f"{name}_busy", busy.unless(reasons[name]))
        if run.queue_limit:
            places = pool.slots + run.queue_limit
            yield Prediction.of(
                f"{name}_mean_wait_s", mmck_mean_wait_s(pool.rate_rps, pool.mean_s, pool.slots, places).unless(reasons[name])
            )
    overall = _overall(run).unless(_first(reasons.values()))
    yield run.turned_away("rejected_rate", overall, sum(pool.rate_rps for pool in run.pools.values()))


def _why_not(run: _Run, name: str, pool: Pool) -> str:
    return (run.slow if name == "c" else "") or run.cut(pool) or run.queues(pool, pool.slots, run.queue_limit)


def _overall(run: _Run) -> ClosedForm:
    if not run.queue_limit:
        pools = list(run.pools.values())
        form, walls = split_loss(pools), pooling_loss(pools).value or 0.0
        more = "more" if walls >= 0.0 else "fewer"
        cost = f"the walls turn {abs(walls):.1%} {more} of all calls away than one pool of all slots would"
        return ClosedForm(form.value, f"{form.assumes}; {cost}", form.source)
    rate_rps = sum(pool.rate_rps for pool in run.pools.values())
    lost_rps = sum(pool.rate_rps * (pool_loss(pool, run.queue_limit).value or 0.0) for pool in run.pools.values())
    return ClosedForm(lost_rps / rate_rps, pool_loss(run.pools["a"], run.queue_limit).assumes, ERLANG)


def _shared(run: _Run) -> Iterable[Prediction]:
    """One pool: Erlang B of the sums without a queue; M/M/c/K with one if all calls take the same time."""
    pools = list(run.pools.values())
    queue_limit = run.queue_limit * len(NAMES)
    together = Pool(sum(pool.rate_rps for pool in pools), sum(pool.load for pool in pools), sum(pool.slots for pool in pools))
    together = Pool(together.rate_rps, together.mean_s / together.rate_rps, together.slots)
    alike = len({pool.mean_s for pool in pools}) == 1
    unlike = "" if alike or not queue_limit else "a queue that calls of different lengths share has no such form"
    cut = _first(run.cut(pool) for pool in pools)
    why_not = run.slow or cut or unlike or run.queues(together, together.slots, queue_limit)
    loss = (pool_loss(together, queue_limit) if queue_limit else shared_loss(pools)).unless(why_not)
    yield run.turned_away("rejected_rate", loss, together.rate_rps)
    for name, pool in run.pools.items():
        yield run.turned_away(f"{name}_rejected_rate", loss, pool.rate_rps)
        busy = ClosedForm(pool.load * (1.0 - (loss.value or 0.0)), loss.assumes, LITTLE)
        yield Prediction.of(f"{name}_busy", busy.unless(why_not))


def _first(reasons: Iterable[str]) -> str:
    return next((reason for reason in reasons if reason), "")
