"""`manage.py labs`: what there is to run, and what can be turned."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from labs.experiments import catalogue
from labs.experiments.contract import Experiment, Knob
from labs.experiments.describe import describe, kind_of
from labs.management.tables import table


class Command(BaseCommand):
    help = "List the labs: slugs, arms, actions, and parameters with their default, unit and range."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON array of descriptions")

    def handle(self, *args: Any, as_json: bool, **options: Any) -> None:
        experiments = catalogue.experiments().values()
        if as_json:
            self.stdout.write(json.dumps([_catalogue_entry(experiment) for experiment in experiments], indent=2))
            return
        self.stdout.write("\n\n".join("\n".join(_listed(experiment)) for experiment in experiments))


def _catalogue_entry(experiment: Experiment) -> dict[str, Any]:
    """The description without the patterns' source; `parameters` is another name of the knobs."""
    description = describe(experiment)
    description["patterns"] = [pattern["dotted"] for pattern in description["patterns"]]
    return {**description, "parameters": description["knobs"]}


def _listed(experiment: Experiment) -> list[str]:
    knobs = (experiment.duration, *experiment.knobs)
    rows = [(knob.name + (" †" if knob.before_run_only else ""), *_shown(knob), knob.label) for knob in knobs]
    return [
        f"{experiment.slug}: {experiment.question}",
        f"  arms     {', '.join(arm.name for arm in experiment.arms)}",
        f"  actions  {', '.join(action.name for action in experiment.actions) or 'none'}",
        f"  worlds   {', '.join(experiment.worlds)}",
        "",
        *table(("parameter", "default", "minimum", "maximum", "unit", ""), rows, words=1),
        "  † before a run only",
    ]


def _shown(knob: Knob) -> tuple[str, str, str, str]:
    kind = kind_of(knob)
    if kind == "switch":
        return str(knob.default).lower(), "", "", "true, false"
    if kind == "choice":
        return str(knob.default), "", "", ", ".join(name for name, _label in knob.choices)
    limits = ("" if limit is None else f"{limit:g}" for limit in (knob.minimum, knob.maximum))
    return f"{knob.default:g}", *limits, knob.unit  # type: ignore[return-value]
