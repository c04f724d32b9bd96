"""Nonsense and malice in the admin: only staff comes in, and what staff mistypes is refused in words."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hostile import admin
from tests.hostile.attacker import Attacker, form_body
from tests.hostile.routes import routes
from tests.hostile.world import World, world


@pytest.fixture
def here(db: None, tmp_path: Path) -> World:
    return world(tmp_path)


@pytest.fixture
def complaints(here: World) -> Iterator[list[str]]:
    found: list[str] = []
    yield found
    assert not found, f"{len(found)} wrong answers:\n" + "\n".join(dict.fromkeys(found))


def simple_addresses() -> list[str]:
    found = [admin.address(name.removeprefix("admin:")) for name in routes() if name.startswith("admin:")]
    return [address for address in found if address]


@pytest.mark.parametrize("persona", ["anonymous", "learner", "candidate"])
def test_who_is_no_staff_never_gets_in(here: World, complaints: list[str], persona: str) -> None:
    attacker = Attacker(here, persona, complaints)
    for address in simple_addresses():
        for method in ("GET", "POST"):
            response = attacker.send(method, address)
            if response.status_code not in (302, 403, 404) or b"adminform" in response.content:
                complaints.append(f"{persona} {method} {address}: {response.status_code}")


def test_instructors_cannot_reach_people_and_rights(here: World, complaints: list[str]) -> None:
    attacker = Attacker(here, "instructor", complaints)
    learner = here.users["learner"].pk
    for address in ("/admin/accounts/user/", "/admin/auth/group/", "/admin/account/emailaddress/", "/admin/accounts/user/add/"):
        assert attacker.send("GET", address).status_code == 403
        assert attacker.send("POST", address, form_body({"is_superuser": "on"})).status_code == 403
    for part in ("change/", "delete/", "password/", "history/"):
        assert attacker.send("POST", f"/admin/accounts/user/{learner}/{part}").status_code in (403, 404)


@pytest.mark.parametrize("persona", ["instructor", "administrator"])
def test_objects_that_are_none(here: World, complaints: list[str], persona: str) -> None:
    attacker = Attacker(here, persona, complaints)
    for address in admin.object_addresses():
        attacker.send("GET", address)
    for address in (
        "/admin/r/abc/1/",
        "/admin/r/1/abc/",
        "/admin/r/%00/%00/",
        f"/admin/r/{'9' * 40}/1/",
        f"/admin/r/{run_type()}/abc/",
    ):
        attacker.send("GET", address)
    for query in (b"", b"app_label=%00", b"app_label=labs&model_name=run&field_name=owner", b"term=%00&page=abc"):
        attacker.send("GET", "/admin/autocomplete/", query=query)


def run_type() -> int:
    from django.contrib.contenttypes.models import ContentType

    from labs.models import Run

    return ContentType.objects.get_for_model(Run).pk


def test_hostile_lists_and_actions(here: World, complaints: list[str]) -> None:
    attacker = Attacker(here, "administrator", complaints)
    for name, _ in admin.models():
        address = admin.address(f"{name}_changelist") or ""
        for query in admin.CHANGELIST:
            attacker.send("GET", address, query=query)
        for action in admin.ACTIONS:
            attacker.send("POST", address, form_body(action))


@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize("part", ["add", "change"])
def test_hostile_forms(here: World, complaints: list[str], part: str, half: int) -> None:
    attacker = Attacker(here, "administrator", complaints)
    for name, model_admin in admin.models()[half::2]:
        row = model_admin.model._default_manager.first()
        address = admin.address(f"{name}_{part}", *([row.pk] if part == "change" and row else []))
        if address is None or (part == "change" and row is None):
            continue
        fields = admin.fields_of(here.clients["administrator"].get(address))
        for place, field in enumerate([*fields, *missing(model_admin, fields)], start=len(name)):
            for value in (b"\x00", admin.VALUES[place % len(admin.VALUES)]):
                attacker.send("POST", address, form_body({**fields, field: value}))


def test_hostile_previews(here: World, complaints: list[str]) -> None:
    attacker = Attacker(here, "administrator", complaints)
    for name in routes():
        if name.endswith(("_preview", "_as_learner", "_reference")):
            for value in admin.VALUES:
                attacker.send(
                    "POST", admin.address(name.removeprefix("admin:")) or "", form_body({"body": value, "slug": value})
                )


def missing(model_admin: Any, fields: Any) -> list[str]:
    return [field.name for field in model_admin.model._meta.fields if field.editable and field.name not in fields]
