"""Who is asking."""

from typing import TypeGuard

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from accounts.models import User


class LearnersRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: User


def learner_id(request: HttpRequest) -> int | None:
    """The account's key; None for a visitor."""
    return request.user.pk if signed_in(request.user) else None


def signed_in(user: User | AnonymousUser) -> TypeGuard[User]:
    return user.is_authenticated
