"""`lab`: a lab inside a lesson, with preset parameters and one open control."""

from typing import ClassVar

from courses.laboratory import description, find_lab, lab_slugs
from courses.plan import PlannedLab, planned_lab
from courses.rendering.blocks.base import Block, BlockError, Built, Fields, inline, template
from labs.experiments.contract import Experiment
from labs.experiments.events import Scalar
from labs.experiments.validation import Invalid, checked_value

PLACE_OF_A_LAB = "place of a lab"


class LabFields(Fields):
    """`scene` takes everything from one of the lab's own scenes; `set`, `arms`, `open_control` go over it."""

    slug: str
    scene: str = ""
    set: dict[str, bool | int | float | str] = {}
    arms: list[str] = []
    open_control: str = ""
    seed: int | None = None
    caption: str = ""


class LabBlock(Block):
    """A lab that is planned and not built yet gets its place held; its other fields are checked once it is there."""

    name: ClassVar[str] = "lab"
    schema = LabFields

    def build(self, fields: LabFields, key: str) -> Built:
        lab = find_lab(fields.slug)
        planned = None if lab else planned_lab(fields.slug)
        if planned:
            return place(planned, fields, key)
        if lab is None:
            raise BlockError(f"there is no lab “{fields.slug}”; known are: {', '.join(lab_slugs())}", "slug")
        preset, arms, control = settled(lab, fields)
        html = template(
            "lab",
            key=key,
            lab=description(lab.slug),
            preset=preset,
            arms=arms,
            open_control=control,
            seed=fields.seed,
            caption=inline(fields.caption),
        )
        return Built(html, f"{lab.title} {lab.question} {fields.caption}")


def place(planned: PlannedLab, fields: LabFields, key: str) -> Built:
    html = template("planned_lab", key=key, planned=planned, caption=inline(fields.caption))
    covers = tuple((PLACE_OF_A_LAB, identity) for identity in planned.covers)
    return Built(html, f"{planned.title} {planned.question} {fields.caption}", covers=covers)


def settled(lab: Experiment, fields: LabFields) -> tuple[dict[str, Scalar], list[str], str]:
    """Parameters, arms and the open control, all checked against what the lab declares."""
    scene = next((each for each in lab.scenes if each.id == fields.scene), None)
    if fields.scene and scene is None:
        raise BlockError(f"{lab.slug} has no scene “{fields.scene}”: {', '.join(each.id for each in lab.scenes)}", "scene")
    preset: dict[str, Scalar] = dict(scene.parameters) if scene else {}
    for name, value in fields.set.items():
        preset[name] = checked(lab, name, value)
    known = {each.name for each in lab.arms}
    for index, arm in enumerate(fields.arms):
        if arm not in known:
            raise BlockError(f"{lab.slug} has no arm “{arm}”: {', '.join(sorted(known))}", "arms", index)
    control = fields.open_control or (scene.open_control if scene else "")
    controls = [each.name for each in lab.knobs] + [each.name for each in lab.actions]
    if control and control not in controls:
        raise BlockError(f"{lab.slug} has no control “{control}”: {', '.join(controls)}", "open_control")
    return preset, fields.arms or list(scene.arms if scene else ()), control


def checked(lab: Experiment, name: str, value: Scalar) -> Scalar:
    knob = next((each for each in lab.knobs if each.name == name), None)
    if knob is None:
        raise BlockError(f"{lab.slug} has no knob “{name}”: {', '.join(each.name for each in lab.knobs)}", "set", name)
    try:
        return checked_value(knob, value)
    except Invalid as error:
        raise BlockError(f"“{name}” {error}", "set", name) from None
