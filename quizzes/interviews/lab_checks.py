"""Whether the lab of a prompt can do what the prompt asks of it: it exists, takes the setting, and its knob can be turned."""

from collections.abc import Iterator

from labs import laboratory
from labs.experiments.contract import Experiment, Knob
from labs.experiments.events import Scalar
from labs.experiments.spec import Change, SpecError
from quizzes.interviews.content import PromptContent

Fault = tuple[str, tuple[str, ...]]
"""What is wrong, in words, and where in the prompt."""


def lab_faults(content: PromptContent) -> Iterator[Fault]:
    """Empty when the lab takes the setting and the change."""
    try:
        experiment = laboratory.experiment(content.lab.slug)
    except SpecError:
        there = ", ".join(sorted(each.slug for each in laboratory.experiments()))
        yield f"there is no lab “{content.lab.slug}”; there are {there}", ("lab", "slug")
        return
    wrong = list(_setting_faults(content))
    yield from wrong
    yield from _knob_faults(content, experiment, setting_holds=not wrong)


def changed_value(content: PromptContent) -> Scalar:
    """What the knob is set to by the change. Raises SpecError where there is no such lab or knob, or nothing to multiply."""
    knob = _knob(laboratory.experiment(content.lab.slug), content.change.knob)
    if knob is None:
        raise SpecError({"knob": f"The lab has no knob “{content.change.knob}”."})
    if content.change.to is not None:
        return content.change.to
    start = content.lab.parameters.get(knob.name, knob.default)
    if isinstance(start, bool | str) or content.change.times is None:
        raise SpecError({"times": f"“{knob.name}” is no number: say “to”."})
    value = start * content.change.times
    return int(value) if isinstance(knob.default, int) and float(value).is_integer() else value


def _setting_faults(content: PromptContent) -> Iterator[Fault]:
    lab = content.lab
    try:
        laboratory.spec(
            lab=lab.slug, parameters=lab.parameters, seed=1, duration_s=lab.duration_s, arms=lab.arms, world="simulated"
        )
    except SpecError as error:
        for field, message in error.errors.items():
            place = (field,) if field in {"arms", "duration_s"} else ("parameters", field)
            yield f"{field}: {message}", ("lab", *place)


def _knob_faults(content: PromptContent, experiment: Experiment, *, setting_holds: bool) -> Iterator[Fault]:
    knob = _knob(experiment, content.change.knob)
    if knob is None:
        names = ", ".join(each.name for each in experiment.knobs if not each.before_run_only)
        yield f"the lab has no knob “{content.change.knob}”; it has {names}", ("change", "knob")
    elif knob.before_run_only:
        yield f"“{knob.name}” is set before the run: it cannot change while it plays", ("change", "knob")
    elif setting_holds:
        yield from _value_faults(content)


def _value_faults(content: PromptContent) -> Iterator[Fault]:
    lab, place = content.lab, "times" if content.change.to is None else "to"
    try:
        turned = Change(0.0, "set", content.change.knob, changed_value(content))
        laboratory.spec(
            lab=lab.slug, parameters=lab.parameters, seed=1, duration_s=lab.duration_s, arms=lab.arms, world="simulated",
            changes=(turned,),
        )  # fmt: skip
    except SpecError as error:
        for message in error.errors.values():
            yield f"{content.change.knob} after the change: {message}", ("change", place)


def _knob(experiment: Experiment, name: str) -> Knob | None:
    return next((knob for knob in experiment.knobs if knob.name == name), None)
