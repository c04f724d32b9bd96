"""The admin's addresses: what they are called follows from the models, and so do their attacks."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import admin
from django.forms import BaseForm
from django.urls import NoReverseMatch, reverse

OBJECTS = ("%00", "abc", "9" * 40, "_00", "00000000-0000-0000-0000-000000000000", "../../x")
PARTS = ("change", "delete", "history", "difference")
CHANGELIST = (
    b"q=%00",
    b"q=%22%27%28",
    b"q=" + b"x" * 3000,
    b"p=abc",
    b"p=-1",
    b"p=" + b"9" * 40,
    b"p=" + b"9" * 5000,
    b"o=abc",
    b"o=-99.1.x",
    b"o=" + b"9" * 5000,
    b"e=1",
    b"all=%00",
    b"_to_field=%00",
    b"_to_field=password",
    b"_popup=%00",
    b"id__exact=abc",
    b"id__exact=%00",
    b"id__in=%00,a",
    b"pk=" + b"9" * 40,
    b"nothing__exact=1",
    b"slug__exact=%00",
    b"lab__exact=%00",
    b"kind=%00",
    b"status__exact=%00",
    b"published__exact=2",
    b"module__id__exact=abc",
    b"user__password__startswith=a",
    b"owner__password__startswith=a",
    b"created_at__year=99999",
    b"started_at__year=abc",
    b"created_at__month=13",
    b"started_at__gte=%00",
    b"title__regex=%5B",
    b"_changelist_filters=%00",
    b"current__difficulty=x",
)
ACTIONS: tuple[dict[str, str | bytes], ...] = (
    {},
    {"action": "delete_selected"},
    {"action": "delete_selected", "_selected_action": b"abc"},
    {"action": b"\x00", "_selected_action": "1"},
    {"action": "delete_selected", "_selected_action": b"\x00"},
    {"action": "delete_selected", "_selected_action": "9" * 40},
    {"action": "take_files", "_selected_action": b"abc"},
    {"action": "delete_selected", "select_across": "1", "index": b"abc", "_selected_action": "1"},
    {"action": "delete_selected", "index": "9" * 40, "_selected_action": "1"},
)
# A field gets one of these, the next field the next one: all of them come in, and the tests stay short.
VALUES: tuple[str | bytes, ...] = (
    b"",
    b"\x00",
    b"a\x00b",
    b"\xed\xa0\x80",
    b"NaN",
    b"1e400",
    b"-1",
    b"9" * 40,
    b"x" * 5000,
    b"[",
    b'{"a":' * 2000,
    b"[NaN]",
    b'{"rate_rps": 1e9, "nothing": [1]}',
    b'["\\u0000"]',
    b'["\\ud800"]',
    b'[{"id": 1}]',
    b"- a: *b",
    b"!!python/object/apply:os.system [ls]",
    b"a: &a [*a]",
    b"2026-99-99",
    b"```lab\nslug: nowhere\n```",
    b"\x01\x02\x03",
)


def models() -> list[tuple[str, Any]]:
    """(start of the names of its routes, its admin)."""
    return [(f"{model._meta.app_label}_{model._meta.model_name}", each) for model, each in admin.site._registry.items()]


def address(name: str, *args: Any) -> str | None:
    try:
        return reverse(f"admin:{name}", args=args)
    except NoReverseMatch:
        return None


def object_addresses() -> Iterator[str]:
    """Of objects that are none. A model gets every other name, the next model the others."""
    for place, (name, _) in enumerate(models()):
        base = address(f"{name}_changelist") or ""
        for each in OBJECTS[place % 2 :: 2]:
            yield f"{base}{each}/"
            yield from (f"{base}{each}/{part}/" for part in PARTS)
            yield f"{base}{each}/history/{each}/"
            yield f"{base}{each}/history/1/"


def fields_of(response: Any) -> Mapping[str, Any]:
    """What a form's page holds, ready to be sent back: the main form and the inlines."""
    found: dict[str, Any] = {}
    adminform = (response.context or {}).get("adminform") if response.context else None
    if adminform is None:
        return found
    forms: list[BaseForm] = [adminform.form]
    for inline in response.context.get("inline_admin_formsets") or ():
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is True:
                found[bound.html_name] = "on"
            elif value not in (None, False):
                found[bound.html_name] = (
                    bound.field.widget.format_value(value) if hasattr(bound.field.widget, "format_value") else value
                )
    return {
        name: str(value[0] if isinstance(value, list) and value else value)
        for name, value in found.items()
        if value is not None
    }
