"""The form of a scenario: its setup written as YAML, checked by the lab itself, and every refusal in words at its field."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from django import forms
from pydantic import TypeAdapter
from pydantic import ValidationError as SchemaError

from courses.admin.material import MaterialForm
from courses.admin.yaml_field import LinesField
from courses.content_kinds import GoalPart, ScenarioKind, goals_as_kept
from courses.loading.yaml_source import words
from labs import laboratory
from labs.experiments.contract import Experiment
from labs.experiments.spec import SpecError
from labs.models import Scenario
from labs.scenarios import ScenarioDraft, scenario_checked

DRAFT = tuple(field.name for field in fields(ScenarioDraft))
GOALS: TypeAdapter[list[GoalPart]] = TypeAdapter(list[GoalPart])


class ScenarioForm(MaterialForm):
    text_field = "text"
    covers = LinesField(required=False, help_text="Ids of the coverage map, one a line.")

    class Meta:
        model = Scenario
        fields = ("title", "slug", *DRAFT, "text", "published", "position")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "lab" not in self.fields:  # who may only look at it gets no fields
            return
        self.fields["lab"] = forms.ChoiceField(choices=lab_choices, help_text="Which lab it sets up.")
        self.fields["open_control"].widget.attrs["list"] = "controls-of-the-lab"
        if self.instance.pk:
            self.initial.update(as_written(self.instance))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if set(DRAFT) <= set(cleaned):
            self._ask_the_lab(cleaned)
        if "goals" in cleaned and not self.has_error("goals"):
            self._normalise_goals(cleaned)
        return cleaned

    def _ask_the_lab(self, cleaned: Mapping[str, Any]) -> None:
        try:
            scenario_checked(ScenarioDraft(**{name: cleaned[name] for name in DRAFT}))
        except SpecError as error:
            for place, message in error.errors.items():
                field = place.partition(".")[0]
                where = in_words(place, laboratory.experiment(cleaned["lab"]))
                self.add_error(field if field in self.fields else None, f"{where}: {message}" if where else sentence(message))

    def _normalise_goals(self, cleaned: dict[str, Any]) -> None:
        try:
            cleaned["goals"] = goals_as_kept(GOALS.validate_python(cleaned["goals"]))
        except SchemaError as error:
            for item in error.errors():
                place = in_words(".".join(map(str, ("goals", *item["loc"][:1], *item["loc"][1:3]))))
                self.add_error("goals", f"{place}: {words({**item, 'loc': item['loc'][-1:]}, GoalPart)}")


def lab_choices() -> list[tuple[str, str]]:
    return [("", "Choose a lab"), *((lab.slug, f"{lab.number}. {lab.title}") for lab in laboratory.experiments())]


def as_written(scenario: Scenario) -> dict[str, Any]:
    """What the database has in an order of its own, as an author wrote it: knobs in the lab's order, goals without defaults."""
    return {
        "parameters": in_the_labs_order(scenario.lab, scenario.parameters),
        "goals": goals_as_written(scenario.goals),
        "covers": ScenarioKind().source(scenario).covers,
    }


def in_the_labs_order(lab: str, parameters: Any) -> Any:
    try:
        names = [knob.name for knob in laboratory.experiment(lab).knobs]
    except SpecError:
        return parameters
    if not isinstance(parameters, dict):
        return parameters
    place = {name: number for number, name in enumerate(names)}
    return dict(sorted(parameters.items(), key=lambda pair: place.get(pair[0], len(place))))


def goals_as_written(goals: Any) -> Any:
    try:
        return [goal.model_dump(mode="json", exclude_defaults=True) for goal in GOALS.validate_python(goals)]
    except SchemaError:
        return goals


def in_words(place: str, lab: Experiment | None = None) -> str:
    """Where something is wrong within its field: “Request rate (rate_rps)”, “Goal 1, condition 2”."""
    field, *steps = place.split(".")
    if field == "parameters" and steps:
        label = next((knob.label for knob in lab.knobs if knob.name == steps[0]), "") if lab else ""
        return f"{label} ({steps[0]})" if label else steps[0]
    if field == "goals" and steps:
        condition = steps[2] if steps[1:2] == ["conditions"] and steps[2:] else ""
        return f"Goal {int(steps[0]) + 1}" + (f", condition {int(condition) + 1}" if condition.isdigit() else "")
    return ""


def sentence(message: str) -> str:
    return message[:1].upper() + message[1:] + ("" if message.endswith((".", "?")) else ".")
