"""The instructors' group: each application says what its instructors may do, and this gathers it."""

from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec

from django.contrib.auth.models import Group, Permission

GROUP = "Instructors"
_more: set[str] = set()


class UnknownPermission(LookupError):
    """A permission was listed that no model has."""


def register_instructor_permissions(names: Iterable[str]) -> None:
    """For applications above this one, in `AppConfig.ready`: names such as `quizzes.change_quiz`."""
    _more.update(names)


def instructor_permissions() -> set[str]:
    """Those of this application, of the laboratory below it, and what others have registered."""
    names = set(_more)
    for application in ("courses", "labs"):
        if find_spec(f"{application}.permissions"):
            names.update(import_module(f"{application}.permissions").INSTRUCTOR_PERMISSIONS)
    return names


def grant_instructors() -> Group:
    """Make the group, or bring its permissions up to date. Raises `UnknownPermission`."""
    group, _ = Group.objects.get_or_create(name=GROUP)
    wanted = instructor_permissions()
    known = {
        f"{each.content_type.app_label}.{each.codename}": each for each in Permission.objects.select_related("content_type")
    }
    unknown = wanted - set(known)
    if unknown:
        raise UnknownPermission(", ".join(sorted(unknown)))
    group.permissions.set([known[name] for name in wanted])
    return group
