"""What the pages are told: a run, a lab, a scenario as plain data, and the presets that an address carries."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from django.db.models import F
from django.http import QueryDict
from django.urls import reverse
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from labs import laboratory
from labs.access import Visitor
from labs.capabilities import events_token
from labs.experiments.contract import Experiment, Knob
from labs.experiments.events import Scalar
from labs.experiments.spec import SpecError
from labs.ledger import as_change, standing_rows
from labs.models import Run, RunPrediction, Scenario
from labs.predictions import Calibration
from labs.scenario_text import scenario_html
from labs.sketch import sketch

RECENT_RUNS = 8


def new_run_object(run: Run, visitor: Visitor, prediction: Mapping[str, Scalar]) -> dict[str, Any]:
    """The run object of a run that was made a moment ago and has no ledger: known without asking the database."""
    return _object(run, visitor, [], [RunPrediction(question=name, value=value) for name, value in prediction.items()])


def run_object(run: Run, visitor: Visitor) -> dict[str, Any]:
    """The run object of the pages' contract."""
    return _object(run, visitor, changes(run), list(run.predictions.all()))


def _object(run: Run, visitor: Visitor, ledger: list[dict[str, Any]], answers: list[RunPrediction]) -> dict[str, Any]:
    scored = {row.question: {"measured": row.measured, "score": row.score} for row in answers if row.scored_at is not None}
    return {
        "id": str(run.pk),
        "lab": run.lab,
        "world": run.world,
        "status": run.status,
        "message": run.message,
        "seed": run.seed,
        "parameters": run.parameters,
        "duration_s": run.duration_s,
        "arms": run.arms,
        "changes": ledger,
        "take": run.take,
        "parent": str(run.parent_id) if run.parent_id else None,
        "forked_at_s": run.forked_at_s,
        "mine": visitor.owns(run),
        "prediction": {row.question: row.value for row in answers},
        "scores": scored or None,
        "scenario": run.scenario.slug if run.scenario else None,
        "scenario_goals": (run.summary or {}).get("scenario_goals", []),
        "scenario_goal_times": (run.summary or {}).get("scenario_goal_times", {}),
        "created_at": run.created_at.isoformat(),
        **addresses(run),
    }


def addresses(run: Run) -> dict[str, str]:
    """All lie under the run's own address, which is worked out once: every learner waits for this."""
    own = run.get_absolute_url()
    return {
        "url": own,
        "events_url": f"{own}events?token={events_token(run.pk)}",
        "data_url": f"{own}data.json",
        "changes_url": f"{own}changes/",
        "fork_url": f"{own}fork/",
        "cancel_url": f"{own}cancel/",
        "export_csv_url": f"{own}export.csv",
        "export_json_url": f"{own}export.json",
        "lines_url": f"{own}lines.json",
    }


def changes(run: Run) -> list[dict[str, Any]]:
    """The ledger as it stands, in the order in which it takes effect. `index` names a row for ever; the place in this list,
    `position`, is what the events' marks say."""
    return [
        {
            "index": row.index,
            "position": position,
            "t_s": row.t_s,
            "kind": row.kind,
            "name": row.name,
            "value": row.value,
            "target": row.target,
            "text": laboratory.change_text(run.lab, as_change(row)),
        }
        for position, row in enumerate(standing_rows(run))
    ]


@cache
def lab_object(slug: str) -> dict[str, Any]:
    """The lab's description; each pattern's source also as highlighted HTML, in which no element crosses a line."""
    found = laboratory.description(slug)
    found["patterns"] = [_highlighted(pattern) for pattern in found["patterns"]]
    return found


def _highlighted(pattern: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in pattern.items() if name != "source"}
    return shown | {"source_html": highlight(pattern["source"], PythonLexer(stripnl=False), HtmlFormatter(nowrap=True))}


def lab_groups() -> list[dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for lab in laboratory.experiments():
        groups.setdefault(lab.group, []).append(_card(lab))
    return [{"title": title, "labs": labs} for title, labs in groups.items()]


@cache
def _card(lab: Experiment) -> dict[str, Any]:
    return {
        "slug": lab.slug,
        "title": lab.title,
        "question": lab.question,
        "summary": lab.summary,
        "worlds": list(lab.worlds),
        "arms": [arm.label for arm in lab.arms],
        "url": reverse("labs:lab", args=[lab.slug]),
        "sketch": sketch(lab),
        "words": " ".join(_words(lab)),
    }


def _words(lab: Experiment) -> Iterator[str]:
    """What a lab is found by: its texts, its variants, what it measures, its patterns."""
    yield from (lab.title, lab.slug, lab.question, lab.summary, lab.group)
    for arm in lab.arms:
        yield from (arm.name, arm.label)
    yield from (metric.label for metric in lab.metrics)
    yield from (pattern.rpartition(".")[2].replace("_", " ") for pattern in lab.patterns)


def scenario_object(scenario: Scenario) -> dict[str, Any]:
    return {
        "slug": scenario.slug,
        "title": scenario.title,
        "text": scenario.text,
        "open_control": scenario.open_control,
        "goals": scenario.goals,
        "published": scenario.published,
        "url": scenario.get_absolute_url(),
    }


def chosen_scenario_object(scenario: Scenario) -> dict[str, Any]:
    """With its text made into HTML, which costs too much to do for a whole list."""
    return scenario_object(scenario) | {"html": scenario_html(scenario.text)}


def scenario_preset(scenario: Scenario) -> dict[str, Any]:
    return {
        "parameters": scenario.parameters,
        "seed": scenario.seed,
        "scene": None,
        "scenario": scenario.slug,
        "world": scenario.world,
        "arms": scenario.arms,
        "duration_s": scenario.duration_s,
        "open_control": scenario.open_control,
        "goals": scenario.goals,
    }


def address_preset(lab: Experiment, query: QueryDict) -> dict[str, Any] | None:
    """`?set.NAME=VALUE`, `?seed=`, `?arms=A,B`, `?duration_s=`, `?scene=`: what the lab takes of it. Anything else is left out,
    never an error page."""
    knobs = {knob.name: knob for knob in lab.knobs}
    given = {name: value for key, value in query.items() if (name := key.removeprefix("set.")) != key and name in knobs}
    wanted = {name: value for name, text in given.items() if (value := _as_kind(knobs[name], str(text))) is not None}
    scene = next((scene for scene in lab.scenes if scene.id == query.get("scene")), None)
    seed, arms, duration_s = query.get("seed", ""), _known_arms(lab, query), _duration_s(lab, query)
    if not (wanted or scene or seed or arms or duration_s):
        return None
    return {
        "parameters": {**(scene.parameters if scene else {}), **_accepted(lab, wanted)},
        "seed": int(seed) if seed.isascii() and seed.isdigit() and len(seed) < 19 else None,
        "arms": arms,
        "duration_s": duration_s,
        "scene": scene.id if scene else None,
    }


def _known_arms(lab: Experiment, query: QueryDict) -> list[str]:
    """In the lab's order, each once."""
    asked = set(str(query.get("arms", "")).split(","))
    return [arm.name for arm in lab.arms if arm.name in asked]


def _duration_s(lab: Experiment, query: QueryDict) -> float | None:
    value = _as_kind(lab.duration, str(query.get("duration_s", "")))
    try:
        return None if value is None else lab.spec(duration_s=float(value)).duration_s
    except SpecError:
        return None


def _as_kind(knob: Knob, text: str) -> Scalar | None:
    if isinstance(knob.default, bool):
        return {"true": True, "on": True, "1": True, "false": False, "off": False, "0": False}.get(text.lower())
    if isinstance(knob.default, str):
        return text
    try:
        return int(text) if isinstance(knob.default, int) and len(text) < 20 else float(text)
    except ValueError:
        return None


def _accepted(lab: Experiment, wanted: Mapping[str, Scalar]) -> dict[str, Scalar]:
    accepted = {}
    for name, value in wanted.items():
        try:
            lab.spec(parameters={name: value})
        except SpecError:
            continue
        accepted[name] = value
    return accepted


def recent_runs(lab: str, visitor: Visitor) -> list[dict[str, Any]]:
    """The visitor's own latest runs of the lab; a run that has not been started by anyone known is nobody's."""
    found = Run.objects.filter(visitor.runs(), lab=lab).order_by(F("created_at").desc())[:RECENT_RUNS]
    return [
        {"url": run.get_absolute_url(), "status": run.status, "seed": run.seed, "created_at": run.created_at, "take": run.take}
        for run in found
    ]


def calibration_object(found: Calibration) -> dict[str, Any]:
    return {
        "count": found.count,
        "right": found.right,
        "mean_score": found.mean_score,
        "bias": found.bias,
        "by_day": [{"day": day.isoformat(), "score": score, "count": count} for day, score, count in found.by_day],
    }
