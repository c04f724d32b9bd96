"""The result of `runlab`, as one JSON object or as tables."""

from dataclasses import dataclass
from typing import Any

from labs.experiments.contract import Experiment
from labs.experiments.events import FEW_DRAWS, Finished, Prediction
from labs.experiments.spec import RunSpec
from labs.management.tables import number, table
from labs.measurement.statistics import Interval, mean_interval


@dataclass(frozen=True, slots=True)
class Results:
    """One run, or replications with other seeds; `spec` is the first one's."""

    experiment: Experiment
    spec: RunSpec
    runs: list[Finished]
    wall_s: float

    @property
    def repeated(self) -> bool:
        return len(self.runs) > 1

    @property
    def requests(self) -> int:
        return sum(run.requests for run in self.runs)

    def values(self, arm: str, metric: str) -> list[float]:
        """What the runs measured; those that measured nothing are left out."""
        found = (run.metrics[arm].get(metric) for run in self.runs)
        return [value for value in found if value is not None]

    def mean(self, arm: str, metric: str) -> float | None:
        values = self.values(arm, metric)
        return sum(values) / len(values) if values else None

    def interval(self, arm: str, metric: str) -> Interval | None:
        return mean_interval(self.values(arm, metric))

    @property
    def simulated(self) -> bool:
        """Whether live runs brought the simulated world's figures along."""
        return any(run.simulated for run in self.runs)

    def simulated_mean(self, arm: str, metric: str) -> float | None:
        found = (run.simulated.get(arm, {}).get(metric) for run in self.runs)
        values = [value for value in found if value is not None]
        return sum(values) / len(values) if values else None

    @property
    def metrics(self) -> list[str]:
        return [metric.name for metric in self.experiment.metrics]

    def theory(self, arm: str) -> list[Prediction]:
        return list(self.runs[0].theory[arm])


def as_object(results: Results) -> dict[str, Any]:
    """The object that `--json` prints. `arms` holds the metrics (means where the run was repeated)."""
    spec = results.spec
    shown: dict[str, Any] = {
        "lab": spec.lab,
        "seed": spec.seed,
        "world": spec.world,
        "parameters": dict(spec.parameters),
        "arms": {arm: {name: results.mean(arm, name) for name in results.metrics} for arm in spec.arms},
        "theory": {arm: {said.metric: _predicted(results, arm, said) for said in results.theory(arm)} for arm in spec.arms},
        "virtual_s": spec.duration_s * len(results.runs),
        "wall_s": round(results.wall_s, 4),
        "requests": results.requests,
        "repeat": len(results.runs),
        "goals": list(results.runs[0].goals),
        "sentence": results.runs[0].sentence,
    }
    if results.simulated:
        shown["simulated"] = {arm: {name: results.simulated_mean(arm, name) for name in results.metrics} for arm in spec.arms}
    if results.repeated:
        shown["intervals"] = {arm: {name: _ends(results.interval(arm, name)) for name in results.metrics} for arm in spec.arms}
    return shown


def _predicted(results: Results, arm: str, said: Prediction) -> dict[str, Any]:
    measured = results.mean(arm, said.metric)
    few = said.draws is not None and said.draws * len(results.runs) < FEW_DRAWS
    deviation = (measured - said.value) / said.value if measured is not None and said.value and not few else None
    return {
        "value": said.value,
        "assumes": said.assumes,
        "source": said.source,
        "why_not": said.why_not,
        "measured": measured,
        "deviation": deviation,
        "draws": said.draws,
    }


def _ends(interval: Interval | None) -> dict[str, float] | None:
    return None if interval is None else {"mean": interval.mean, "low": interval.low, "high": interval.high}


def as_text(results: Results) -> list[str]:
    """Tables: metrics by arm, theory beside the measurement, what was reached."""
    spec = results.spec
    seeds = f"seeds {spec.seed} to {spec.seed + len(results.runs) - 1}" if results.repeated else f"seed {spec.seed}"
    head = f"{results.experiment.title}, {spec.world}, {spec.duration_s:g} s, {seeds}"
    speed = f"{results.requests:,} requests in {results.wall_s:.2f} s"
    return [head, speed, "", *_metrics(results), "", *_simulated(results), *_theory(results), *_ending(results)]


def _metrics(results: Results) -> list[str]:
    arms = results.spec.arms
    rows = [(name, *(_cell(results, arm, name) for arm in arms)) for name in results.metrics]
    return table(("metric", *arms), rows)


def _cell(results: Results, arm: str, metric: str) -> str:
    interval = results.interval(arm, metric) if results.repeated else None
    if interval is None:
        return number(results.mean(arm, metric))
    return f"{number(interval.mean)} ± {number(interval.half_width, 2)}"


def _simulated(results: Results) -> list[str]:
    """What the simulated world says of the same live run, and how far the live one is off."""
    if not results.simulated:
        return []
    arms = results.spec.arms
    rows = [(name, *(_beside(results, arm, name) for arm in arms)) for name in results.metrics]
    return ["Simulated (how far the live run is off)", *table(("metric", *arms), rows), ""]


def _beside(results: Results, arm: str, metric: str) -> str:
    simulated, live = results.simulated_mean(arm, metric), results.mean(arm, metric)
    off = f" ({_percent((live - simulated) / simulated)})" if simulated and live is not None else ""
    return f"{number(simulated)}{off}"


def _theory(results: Results) -> list[str]:
    """Beside the measurement; of repeated runs whether the prediction lies inside their 95 % interval."""
    said = [(arm, one, _predicted(results, arm, one)) for arm in results.spec.arms for one in results.theory(arm)]
    if not said:
        return []
    rows = [
        (
            arm,
            one.metric,
            number(one.value),
            number(found["measured"]),
            _off(found),
            _inside(results, arm, one),
        )
        for arm, one, found in said
        if one.value is not None
    ]
    heads = ("arm", "metric", "theory", "measured", "off by", "inside the interval")
    kept = len(heads) - (not results.repeated)
    shown = table(heads[:kept], [row[:kept] for row in rows], words=2) if rows else []
    return ["Theory", *shown, *_silent(results), ""]


def _silent(results: Results) -> list[str]:
    """Where theory gives no number, by reason."""
    metrics: dict[str, dict[str, list[str]]] = {}
    for arm in results.spec.arms:
        for one in results.theory(arm):
            if one.value is None:
                metrics.setdefault(one.why_not, {}).setdefault(one.metric, []).append(arm)
    lines = []
    for why_not, found in metrics.items():
        by_arms: dict[tuple[str, ...], list[str]] = {}
        for metric, arms in found.items():
            by_arms.setdefault(tuple(arms), []).append(metric)
        lines.append(f"  no prediction where {why_not}:")
        lines += [f"    {', '.join(names)} ({', '.join(arms)})" for arms, names in by_arms.items()]
    return lines


def _off(found: dict[str, Any]) -> str:
    if found["deviation"] is None and found["draws"] is not None:
        return "few draws"
    return _percent(found["deviation"])


def _inside(results: Results, arm: str, said: Prediction) -> str:
    interval = results.interval(arm, said.metric)
    if interval is None or said.value is None:
        return "–"
    return "yes" if interval.low <= said.value <= interval.high else "no"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:+.1%}"


def _ending(results: Results) -> list[str]:
    if results.repeated:
        return ["Means of all runs with 95 % intervals (Student's t)."]
    texts = {goal.id: goal.text for goal in results.experiment.goals}
    return [*(f"  ✓ {texts[goal]}" for goal in results.runs[0].goals), results.runs[0].sentence]
