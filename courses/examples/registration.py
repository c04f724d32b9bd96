"""Registration in the web's form of MVC: a model that knows the rules, views that only show, a controller that only leads.

Problem. The usual sample reads two fields, saves a user and prints a page. It stores empty names, lets two people have one
name, prints whatever a name contains as HTML, and registers once more when the page is reloaded.

Rule. The model states what is valid and lets a unique constraint decide who was first. The view escapes all that came from
outside. The controller turns input into calls and results into responses, and holds no rule. A form that was accepted is
answered by a redirect (303), so that reloading repeats a GET; a form that was refused is shown again with its reasons.

Source. Glenn Krasner and Stephen Pope, "A Cookbook for Using the Model-View-Controller User Interface Paradigm in
Smalltalk-80" (1988), for the three roles; RFC 9110, section 15.4.4, for the redirect.

Limits. Whoever sends the form twice is told that the name is taken, by themselves: a key in the form, stored with the member,
would tell the repeat. A real form also needs protection against forged requests, a rate limit, and proof that the address
belongs to the user.
"""

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape

NAME = re.compile(r"[a-z0-9_]{3,20}")
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class NameTaken(Exception):
    """Somebody else was first. Nothing was stored."""


@dataclass(frozen=True, slots=True)
class Member:
    name: str
    address: str


class Members:
    """The model: state and rules. It knows nothing of pages."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database
        database.execute("CREATE TABLE IF NOT EXISTS members (name TEXT PRIMARY KEY, address TEXT NOT NULL)")

    @staticmethod
    def problems(member: Member) -> dict[str, str]:
        """What is wrong, by field. Needs no database."""
        found = {}
        if not NAME.fullmatch(member.name):
            found["name"] = "Use 3 to 20 small letters, digits or underscores."
        if not ADDRESS.fullmatch(member.address):
            found["address"] = "This is no mail address."
        return found

    def add(self, member: Member) -> None:
        """Raises `NameTaken`. The constraint decides, so two requests at the same moment cannot both win."""
        try:
            with self.database:
                self.database.execute("INSERT INTO members VALUES (?, ?)", (member.name, member.address))
        except sqlite3.IntegrityError:
            raise NameTaken(member.name) from None


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def form_page(member: Member, problems: Mapping[str, str]) -> str:
    """A view. Everything that came from outside is escaped."""
    reasons = "".join(f"<li>{escape(name)}: {escape(why)}</li>" for name, why in problems.items())
    typed = {"name": member.name, "address": member.address}
    inputs = "".join(f'<label>{name} <input name="{name}" value="{escape(value)}"></label>' for name, value in typed.items())
    return f'<ul>{reasons}</ul><form method="post">{inputs}<button>Sign up</button></form>'


def register(members: Members, fields: Mapping[str, str]) -> Response:
    """The controller of POST /register: input in, one call of the model, a response out."""
    member = Member(fields.get("name", "").strip().lower(), fields.get("address", "").strip())
    problems = members.problems(member)
    if not problems:
        try:
            members.add(member)
        except NameTaken:
            problems = {"name": "Somebody has this name already."}
    if problems:
        return Response(422, form_page(member, problems))
    return Response(303, headers={"Location": f"/members/{member.name}"})
