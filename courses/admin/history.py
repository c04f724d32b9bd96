"""What each change of a row did, field by field, so that a history can be read and not only listed."""

from dataclasses import dataclass
from typing import Any

from courses.loading.difference import Row, side_by_side
from courses.loading.yaml_source import write_yaml

LONG = 80


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field's value before and after; long ones as `rows`, side by side."""

    label: str
    old: str
    new: str
    rows: tuple[Row, ...] = ()


def field_changes(after: Any, before: Any) -> list[FieldChange]:
    """What differs between two records of a row's history, in the order of the fields."""
    found = {change.field: change for change in after.diff_against(before, foreign_keys_are_objs=True).changes}
    fields = [field for field in after.instance_type._meta.fields if field.name in found and field.name != "updated_at"]
    return [field_change(str(field.verbose_name), found[field.name].old, found[field.name].new) for field in fields]


def field_change(label: str, old: Any, new: Any) -> FieldChange:
    before, after = shown(old), shown(new)
    long = max(len(before), len(after)) > LONG or "\n" in before + after
    return FieldChange(label, before, after, tuple(side_by_side(before, after)) if long else ())


def shown(value: Any) -> str:
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return write_yaml(value).rstrip("\n") if isinstance(value, list | dict) else str(value)
