"""What is kept of a run that answers a lab goal: enough to grade it, and to grade it again when a key is corrected.

Facts are JSON: run (its uuid), take, lab, world, seed, duration_s, parameters, arms, changes (rows of the ledger), metrics by
arm, sentence; and of its events what the goals speak of (`observed`).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from labs.experiments.events import Finished, Mark, Sample, Scalar
from labs.experiments.goals import RunWatch
from labs.experiments.spec import Change
from quizzes.kinds.asked_goal import LabGoalDefinition, held_breach
from quizzes.kinds.base import Json
from quizzes.kinds.lab_runs import arm_label


def observed(definition: LabGoalDefinition, events: Iterable[Mapping[str, Any]]) -> dict[str, Json]:
    """What the goals speak of, out of a run's events (as JSON, see `labs.experiments.events`), in their order.

    `events` of the result: ["s", t, arm, {series: value}] and ["m", t, arm, kind, value]; `kept` says what was looked for.
    """
    kept = needed(definition)
    marks, series = set(kept["marks"]), kept["series"]
    found: list[list[Json]] = []
    for event in events:
        if event["type"] == "sample" and series:
            values = event["values"]
            found.append(["s", event["t"], event["arm"], {name: values.get(name) for name in series}])
        elif event["type"] == "mark" and event["kind"] in marks:
            found.append(["m", event["t"], event["arm"], event["kind"], event["value"]])
    return {"kept": kept, "events": found}


def needed(definition: LabGoalDefinition) -> dict[str, list[str]]:
    """The series and the kinds of marks that the goals speak of."""
    conditions = [condition for goal in definition.watched() for condition in goal.conditions]
    marks = {condition.name for condition in conditions if condition.subject == "mark"}
    marks |= {"change" for condition in conditions if condition.subject == "change"}
    return {"series": sorted({one.name for one in conditions if one.subject == "series"}), "marks": sorted(marks)}


def facts_suffice(definition: LabGoalDefinition, facts: Mapping[str, Json]) -> bool:
    """Whether goals that were corrected later speak only of what was kept."""
    return all(set(names) <= set(facts["kept"][subject]) for subject, names in needed(definition).items())


def met_at_s(definition: LabGoalDefinition, facts: Mapping[str, Json]) -> dict[str, float]:
    """The goals that the run met, each with the time in seconds at which it did."""
    watch = RunWatch(definition.watched(), arms=facts["arms"], bin_s=definition.experiment.bin_s, changes=ledger_of(facts))
    for kind, t, arm, *rest in facts["events"]:
        watch.see(Sample(t, arm, rest[0]) if kind == "s" else Mark(t, arm, rest[0], "", "", rest[1]))
    watch.see(Finished(facts["duration_s"], facts["metrics"], {}, (), "", 0))
    return watch.times


def turned(definition: LabGoalDefinition, parameters: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """The knobs that differ from what the lab's page opened with."""
    start = definition.opened().parameters
    return {name: value for name, value in parameters.items() if name in start and start[name] != value}


def ledger_of(facts: Mapping[str, Json]) -> list[Change]:
    return [Change(**row) for row in facts.get("changes", ())]


def why_not(definition: LabGoalDefinition, facts: Mapping[str, Json]) -> str:
    """Why a finished run cannot be an answer, in words; empty when it can. Whose it is is asked elsewhere."""
    lab = definition.experiment
    if facts["lab"] != lab.slug:
        return f"That is a run of another lab. Choose a run of “{lab.title}”."
    if definition.world not in ("any", facts["world"]):
        return f"That run was {facts['world']}. This question asks for a {definition.world} one."
    if definition.seed is not None and facts["seed"] != definition.seed:
        return f"That run has the seed {facts['seed']}. This question asks for seed {definition.seed}: use the link to the lab."
    if facts["duration_s"] < definition.lasts_s:
        return f"That run lasts {facts['duration_s']:g} s. It must last {definition.lasts_s:g} s at least."
    if missing := [arm for arm in definition.arms if arm not in facts["arms"]]:
        return (
            f"That run lacks the variant {' and '.join(f'“{arm_label(lab, arm)}”' for arm in missing)}, of which a goal speaks."
        )
    return held_breach(definition, facts["parameters"], ledger_of(facts))
