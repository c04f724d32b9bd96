"""Making links, making them anew, taking them back. A link is shown once: the database keeps its hash only."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.utils import getaddresses
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models.functions import Lower

from quizzes.clock import ClockNow, database_now
from quizzes.invitations.errors import InvitingRefused
from quizzes.invitations.models import Invitation
from quizzes.models import Quiz

MOST_AT_ONCE = 500
TOKEN_BYTES = 32
TOKEN = re.compile(r"^[A-Za-z0-9_-]{43}$")


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a link is for; both empty where anyone who has the link may take it, once."""

    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all links that are made together."""

    days: int
    message: str = ""
    multiplier: float = 1.0
    minutes: int = 0
    keep_days: int = 180


@dataclass(frozen=True, slots=True)
class Link:
    """An invitation with its token, which nobody can be told again."""

    invitation: Invitation
    token: str


def token_hash(token: str) -> str:
    """SHA-256 suffices for 256 random bits: there is nothing to guess."""
    return hashlib.sha256(token.encode()).hexdigest()


def invitation_of(token: str) -> Invitation | None:
    """The invitation behind a link."""
    if not TOKEN.match(token):
        return None
    return Invitation.objects.select_related("quiz", "candidate__user", "made_by").filter(token_hash=token_hash(token)).first()


def people_read(text: str) -> list[Person]:
    """One person a line: “Name <address>” or an address. Raises `InvitingRefused` with the lines that are neither."""
    people, problems = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        person = _person(line.strip())
        if person is None:
            problems.append(f"Line {number}: “{line.strip()[:60]}” is not one e-mail address. Write Name <name@example.org>.")
        else:
            people.append(person)
    addresses = [person.email.lower() for person in people]
    problems += [f"{address} is there twice." for address in sorted({one for one in addresses if addresses.count(one) > 1})]
    if len(people) > MOST_AT_ONCE:
        problems.append(f"At most {MOST_AT_ONCE} people at once; these are {len(people)}.")
    if problems:
        raise InvitingRefused(problems)
    return people


def _person(line: str) -> Person | None:
    addresses = getaddresses([line])
    if len(addresses) != 1:
        return None
    name, address = addresses[0]
    try:
        validate_email(address)
    except ValidationError:
        return None
    return Person(name=name.strip()[:120], email=address)


@transaction.atomic
def invite(quiz: Quiz, people: Sequence[Person], terms: Terms, *, by: Any) -> list[Link]:
    """A link for each person. All or none. Raises `InvitingRefused`."""
    asked = {person.email.lower() for person in people if person.email}
    open_now = Invitation.objects.filter(quiz=quiz, revoked_at__isnull=True, erased_at__isnull=True)
    there = set(open_now.annotate(lower=Lower("email")).filter(lower__in=asked).values_list("lower", flat=True))
    if there:
        raise InvitingRefused(
            [f"{address} has an invitation to this quiz. Make its link anew instead." for address in sorted(there)]
        )
    return [_made(quiz, person, terms, by) for person in people]


def _made(quiz: Quiz, person: Person, terms: Terms, by: Any) -> Link:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    made = Invitation.objects.create(
        quiz=quiz, token_hash=token_hash(token), name=person.name, email=person.email, message=terms.message,
        expires_at=database_now() + timedelta(days=terms.days), multiplier=terms.multiplier, minutes=terms.minutes,
        keep_days=terms.keep_days, made_by=by,
    )  # fmt: skip
    return Link(made, token)


@transaction.atomic
def link_renew(invitation: Invitation, days: int) -> Link:
    """A new link instead of the old one, which ends now; valid for `days` from now. What was begun stays."""
    if invitation.revoked_at is not None or invitation.erased_at is not None:
        raise InvitingRefused(["This invitation was taken back or erased. Make a new one."])
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation.token_hash, invitation.expires_at = token_hash(token), database_now() + timedelta(days=days)
    invitation.save(update_fields=["token_hash", "expires_at"])
    return Link(invitation, token)


def invitation_revoke(invitation: Invitation) -> bool:
    """Take it back where nobody has taken it up. False when somebody has, or it was taken back before."""
    found = Invitation.objects.filter(pk=invitation.pk, revoked_at__isnull=True, candidate__isnull=True)
    return found.update(revoked_at=ClockNow()) == 1
