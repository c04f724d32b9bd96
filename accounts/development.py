"""The accounts of a development site: one for each kind of person who uses it."""

import json
import secrets
from pathlib import Path

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.db import transaction

from accounts.models import User
from config.processes import write_private

INSTRUCTORS = "instructors"
NAMES = ("instructor", "learner", "candidate")


def make_accounts(path: Path) -> list[str]:
    """Make the accounts that are missing, with the passwords in `path` (new ones for those not there).

    An account that exists is left as it is. Returns a line for each one whose password the file cannot tell.
    """
    try:
        passwords: dict[str, str] = json.loads(path.read_text())
    except (OSError, ValueError):
        passwords = {}
    there = set(User.objects.filter(username__in=NAMES).values_list("username", flat=True))
    missing = {name: passwords.get(name) or secrets.token_urlsafe(12) for name in NAMES if name not in there}
    with transaction.atomic():
        for name, password in missing.items():
            make_account(name, password)
    kept = {name: missing.get(name) or passwords[name] for name in NAMES if name in missing or name in passwords}
    if kept != passwords:
        write_private(path, json.dumps(kept, indent=2))
    return [
        f"The account {name} is there already, with a password not kept here: manage.py changepassword {name}"
        for name in sorted(there - set(passwords))
    ]


def make_account(name: str, password: str) -> User:
    staff = name == "instructor"
    user: User = User.objects.create_user(name, f"{name}@example.org", password, is_staff=staff)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    if staff:
        user.groups.add(Group.objects.get_or_create(name=INSTRUCTORS)[0])
    return user
