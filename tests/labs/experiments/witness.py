"""Theory as a witness: its value must lie inside the 95 % interval of independent replications of the simulation."""

from collections.abc import Iterable, Mapping

from labs.experiments.catalogue import get
from labs.experiments.contract import Metrics
from labs.experiments.events import Finished, Prediction, Scalar
from labs.experiments.simulate import simulate
from labs.measurement.statistics import Interval, mean_interval

SEEDS = range(1, 13)
"""Fixed in advance. Where theory lies outside, take more seeds or find the bias; do not choose others."""


def finished(slug: str, arm: str, parameters: Mapping[str, Scalar], seed: int, duration_s: float | None = None) -> Finished:
    """The end of one run of one arm."""
    spec = get(slug).spec(parameters=parameters, seed=seed, duration_s=duration_s, arms=(arm,))
    return next(event for event in simulate(spec) if isinstance(event, Finished))


def replicated(
    slug: str, arm: str, parameters: Mapping[str, Scalar], seeds: Iterable[int] = SEEDS, duration_s: float | None = None
) -> dict[str, Interval]:
    """The 95 % interval of each metric over the seeds; metrics that some run did not have are left out."""
    runs = [finished(slug, arm, parameters, seed, duration_s).metrics[arm] for seed in seeds]
    return {name: interval for name in runs[0] if (interval := _interval(runs, name)) is not None}


def _interval(runs: list[Metrics], name: str) -> Interval | None:
    values = [value for run in runs if (value := run[name]) is not None]
    return mean_interval(values) if len(values) == len(runs) else None


def theory(slug: str, arm: str, parameters: Mapping[str, Scalar], duration_s: float | None = None) -> dict[str, Prediction]:
    """What the lab's closed forms say, by metric."""
    lab = get(slug)
    return {said.metric: said for said in lab.theory(arm, lab.spec(parameters=parameters, duration_s=duration_s, arms=(arm,)))}


def assert_witnessed(
    slug: str,
    arm: str,
    parameters: Mapping[str, Scalar],
    *metrics: str,
    seeds: Iterable[int] = SEEDS,
    duration_s: float | None = None,
) -> None:
    """Each of these metrics has a theory, and its value lies inside the interval."""
    said = theory(slug, arm, parameters, duration_s)
    measured = replicated(slug, arm, parameters, seeds, duration_s)
    for name in metrics:
        value = said[name].value
        assert value is not None, f"theory is silent on {name}: {said[name].why_not}"
        interval = measured[name]
        assert interval.low <= value <= interval.high, (
            f"{name}: theory {value:.6g} outside {interval.low:.6g} … {interval.high:.6g}"
        )
