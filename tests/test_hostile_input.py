"""Nonsense and malice at every address: no server error, nothing half-written, and a refusal in words.

Every request is undone before the next, so the first hostile value meets the same site as the last.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote_from_bytes

import pytest
from django.test import Client

from tests.hostile.attacker import FORM, Attacker, content, form_body, json_body
from tests.hostile.entries import ADMIN_OF_A_MODEL, ADMIN_PAGES, ENTRIES, STRANGE_PATHS, Entry
from tests.hostile.routes import routes
from tests.hostile.values import BODIES, CONTENT_TYPES, IN_ADDRESSES, LITERALS, TEXTS
from tests.hostile.world import World, world

V = TypeVar("V")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
TAKEN_ELSEWHERE = (
    "courses:diagram", "courses:decision_status", "courses:decision_cite", "reviews:anki", "invitations:my_data",
)  # fmt: skip
PERSONAS = ("anonymous", "learner", "other", "candidate", "instructor", "administrator")
KINDS = ("labs:", "quizzes:", "invitations:", "reviews:", "interviews:", "courses:", "account_", "")


@pytest.fixture
def here(db: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    """The site with one of everything, and limits of rate out of the way: they would answer first."""
    settings.LABS_LIMITS = dict.fromkeys(
        ("runs_at_once", "runs_per_minute", "runs_per_minute_per_address", "queued_runs"), 10**6
    )
    settings.ACCOUNT_RATE_LIMITS = False
    monkeypatch.setattr("quizzes.views.inline.CHECKS_PER_MINUTE", 10**6)
    monkeypatch.setattr("courses.views.decisions.PREVIEWS_PER_MINUTE", 10**6)
    return world(tmp_path)


@pytest.fixture
def complaints(here: World) -> Iterator[list[str]]:
    """What was answered wrongly; all of a route's failures are shown at once."""
    found: list[str] = []
    yield found
    assert not found, f"{len(found)} wrong answers:\n" + "\n".join(dict.fromkeys(found))


def entries(kind: str) -> list[tuple[str, Entry]]:
    """Those of one part of the site; "" is what belongs to none."""
    named = [other for other in KINDS if other]
    return [(name, e) for name, e in ENTRIES.items() if (name.startswith(kind) if kind else not name.startswith(tuple(named)))]


def good_body(here: World, entry: Entry) -> tuple[bytes, str]:
    """A body that the route would take."""
    if entry.json is not None:
        return json_body(entry.json), "application/json"
    return form_body({name: here.address(value) for name, value in (entry.form or {}).items()}), FORM


def writes(entry: Entry) -> bool:
    return entry.form is not None or entry.json is not None or "DELETE" in entry.methods


def in_turn(values: Sequence[V], parts: int) -> Iterator[list[V]]:
    """What each field gets: the first values, which break most, and every `parts`-th of the others, from field to field others.

    So all of them come in, no machine waits long, and a run is like the last.
    """
    for place in count():
        yield [*values[:3], *values[3 + place % parts :: parts]]


# The whole map


def test_every_route_has_its_attack() -> None:
    found = routes()
    models = re.compile(rf"^admin:\w+_(?:{'|'.join(ADMIN_OF_A_MODEL)})$")
    bare = re.compile(r"^admin/(?:\w+/\w+/<path:object_id>/|\(\?P<url>\.\*\)\$)$")  # an old address, and what is none
    strange = {name for name in found if name not in ADMIN_PAGES and not models.match(name) and not bare.match(name)}
    assert strange == set(ENTRIES), "give each new route an entry in tests/hostile/entries.py"
    assert set(found) >= ADMIN_PAGES


@pytest.mark.parametrize("kind", KINDS)
def test_what_each_route_takes_is_taken(here: World, complaints: list[str], kind: str) -> None:
    """Else the attacks below would be refused for the wrong reason."""
    for name, entry in entries(kind):
        if kind == "account_" or name in TAKEN_ELSEWHERE:
            continue
        method = next(method for method in reversed(entry.methods) if method != "HEAD")
        response = Attacker(here, entry.user, complaints).send(method, here.address(entry.path), *good_body(here, entry))
        if response.status_code >= 400:
            complaints.append(f"{name}: {response.status_code} {content(response)[:300]!r}")


# Methods, tokens, people


@pytest.mark.parametrize("kind", KINDS)
def test_a_wrong_method_changes_nothing(here: World, complaints: list[str], kind: str) -> None:
    for name, entry in entries(kind):
        attacker = Attacker(here, entry.user, complaints)
        for method in METHODS:
            if method in entry.methods or (entry.any_method and method in ("PUT", "OPTIONS")):
                continue
            response = attacker.send(method, here.address(entry.path), *good_body(here, entry))
            if response.status_code not in (302, 400, 405) and name != "account_reset_password_from_key":  # it shows its page
                complaints.append(f"{name}: {method} is answered {response.status_code}")


@pytest.mark.parametrize("kind", KINDS)
def test_a_post_without_the_token_is_refused(here: World, complaints: list[str], kind: str) -> None:
    for name, entry in entries(kind):
        if not writes(entry):
            continue
        attacker = Attacker(here, entry.user, complaints)
        attacker.client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        attacker.client.cookies = here.clients[entry.user].cookies
        for headers in (
            {},
            {"HTTP_X_CSRFTOKEN": "x" * 32},
            {"HTTP_X_CSRFTOKEN": "\xff"},
            {"HTTP_ORIGIN": "https://evil.example"},
        ):
            method = "DELETE" if "DELETE" in entry.methods else "POST"
            response = attacker.send(method, here.address(entry.path), *good_body(here, entry), headers=headers)
            if response.status_code != 403:
                complaints.append(f"{name} is answered {response.status_code} without a token")


@pytest.mark.parametrize("kind", KINDS)
def test_what_belongs_to_somebody_is_not_there_for_others(here: World, complaints: list[str], kind: str) -> None:
    for name, entry in entries(kind):
        if entry.private_to is None:
            continue
        for persona in set(PERSONAS) - {entry.private_to}:
            attacker = Attacker(here, persona, complaints)
            method = next(method for method in reversed(entry.methods) if method != "HEAD")
            response = attacker.send(method, here.address(entry.path), *good_body(here, entry))
            signed_out = persona == "anonymous" and response.status_code in (302, 401)
            if response.status_code != 404 and not signed_out:
                complaints.append(f"{name} answers {persona} with {response.status_code}")


# Bodies, fields, addresses


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_fields(here: World, complaints: list[str], kind: str) -> None:
    texts, literals = in_turn(TEXTS, 3), in_turn(LITERALS, 2)
    for _, entry in entries(kind):
        attacker, path = Attacker(here, entry.user, complaints), here.address(entry.path)
        fields = {name: here.address(value) for name, value in (entry.form or {}).items()}
        for name in [*fields, "surprise"] if entry.form is not None else ():
            for text in next(texts):
                attacker.send("POST", path, form_body({**fields, name: text}))
            attacker.send("POST", path, form_body({key: value for key, value in fields.items() if key != name}))
        for name in [*entry.json, "surprise"] if entry.json is not None else ():
            for literal in next(literals):
                attacker.send("POST", path, json_body({**(entry.json or {}), name: literal}), "application/json")


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_bodies_and_content_types(here: World, complaints: list[str], kind: str) -> None:
    bodies, content_types = in_turn(BODIES, 3), in_turn(CONTENT_TYPES, 2)
    for _, entry in entries(kind):
        if not writes(entry):
            continue
        attacker, path = Attacker(here, entry.user, complaints), here.address(entry.path)
        good, content_type = good_body(here, entry)
        method = "DELETE" if "DELETE" in entry.methods else "POST"
        for body in next(bodies):
            attacker.send(method, path, body, content_type)
        for other in next(content_types):
            attacker.send(method, path, good, other)
        attacker.send(method, path, b"&".join(b"f%d=1" % number for number in range(2000)), content_type)


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_query_strings(here: World, complaints: list[str], kind: str) -> None:
    texts = in_turn(IN_ADDRESSES, 2)
    for _, entry in entries(kind):
        attacker, path = Attacker(here, entry.user, complaints), here.address(entry.path)
        for name in entry.query:
            for text in next(texts):
                attacker.send("GET", path, query=f"{name}=".encode() + quote_from_bytes(text).encode())
        for raw in (b"%", b"&&&===", b"a=%ff&a=%00", b"=" * 100, b"[]=1", b"\xff=\xff"):
            if "GET" in entry.methods:
                attacker.send("GET", path, query=raw)


def test_strange_addresses(here: World, complaints: list[str]) -> None:
    names = {"nobody": "0" * 8 + "-0000-0000-0000-" + "0" * 12, "digits": "9" * 30, "long": "x" * 5000, "a": "a" * 64}
    for persona in ("anonymous", "learner"):
        attacker = Attacker(here, persona, complaints)
        for path in STRANGE_PATHS:
            address = here.address(
                path.format_map(
                    {
                        **names,
                        "nul43": "%00" + "x" * 42,
                        **{name: f"{{{name}}}" for name in ("run", "record", "attempt", "evidence", "share")},
                    }
                )
            )
            for method in ("GET", "POST", "DELETE"):
                attacker.send(method, address)


HEADERS: tuple[dict[str, str], ...] = (
    {"HTTP_COOKIE": 'sessionid="aaaaaaaaaaaa\\000b"'},
    {"HTTP_COOKIE": "sessionid=\xff\xfe; csrftoken=\x01; visitor=x:y:z; messages=["},
    {"HTTP_COOKIE": "visitor=" + "a" * 4000},
    {"HTTP_COOKIE": 'visitor="\\000"; messages="\\000"; csrftoken="\\000"'},
    {"HTTP_HOST": "evil.example"},
    {"HTTP_HOST": "a b"},
    {"HTTP_HOST": ""},
    {"HTTP_X_FORWARDED_HOST": "evil.example"},
    {"HTTP_X_FORWARDED_FOR": "\x00, ::::, 999.1.1.1"},
    {"REMOTE_ADDR": ""},
    {"HTTP_IF_NONE_MATCH": '"' * 5000},
    {"HTTP_IF_MODIFIED_SINCE": "Fri, 99 Zed 99999 99:99:99 GMT"},
    {"HTTP_ACCEPT": "\xff;q=x"},
    {"HTTP_ACCEPT_LANGUAGE": "x" * 9000},
    {
        "HTTP_HX_REQUEST": "true",
        "HTTP_HX_CURRENT_URL": "http://[",
        "HTTP_HX_TARGET": "\xff",
        "HTTP_HX_TARGET_URI_AUTOENCODED": "true",
    },
    {"HTTP_RANGE": "bytes=9-1,-,x"},
    {"HTTP_REFERER": "http://["},
    {"HTTP_X_REQUEST_ID": "\r\n\x00" * 99},
)


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_headers(here: World, complaints: list[str], kind: str) -> None:
    """All of them at one route of each part, for the frame meets them first; at the others the cookies, which views read."""
    for place, (_, entry) in enumerate(entries(kind)):
        attacker, path = Attacker(here, "anonymous", complaints), here.address(entry.path)
        for headers in HEADERS if place == 0 else HEADERS[:2]:
            method = next(method for method in reversed(entry.methods) if method != "HEAD")
            attacker.send(method, path, *good_body(here, entry), headers=headers)
