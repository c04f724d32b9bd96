"""The instructors' group: each application says what its instructors may do, and this gathers it."""

from collections.abc import Iterable

from django.contrib.auth.models import Group, Permission

from courses.permissions import INSTRUCTOR_PERMISSIONS
from labs import permissions as labs_permissions

GROUP = labs_permissions.INSTRUCTORS
_more: set[str] = set()


class UnknownPermission(LookupError):
    """A permission was listed that no model has."""


def register_instructor_permissions(names: Iterable[str]) -> None:
    """For applications above this one, in `AppConfig.ready`: names such as `quizzes.change_quiz`."""
    _more.update(names)


def instructor_permissions() -> set[str]:
    """Those of this application, of the laboratory below it, and what applications above have registered."""
    return {*INSTRUCTOR_PERMISSIONS, *labs_permissions.PERMISSIONS, *_more}


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
