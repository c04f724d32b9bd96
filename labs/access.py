"""Who is asking, and what they may do with a run: anyone who has its link may read it, only its maker may change it."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.crypto import constant_time_compare

from labs.models import Run

COOKIE = "visitor"
COOKIE_AGE_S = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Visitor:
    """Someone with an account (`user_id`), or a browser that keeps a signed random `key`; both after logging in."""

    user_id: int | None
    key: str

    def runs(self) -> Q:
        mine = Q(visitor=self.key) if self.key else Q(pk__in=[])
        return mine | Q(owner_id=self.user_id) if self.user_id is not None else mine

    def owns(self, run: Run) -> bool:
        if run.owner_id is not None and run.owner_id == self.user_id:
            return True
        return bool(self.key) and constant_time_compare(run.visitor, self.key)


def visitor_of(request: HttpRequest) -> Visitor:
    key = request.get_signed_cookie(COOKIE, default="", salt=COOKIE)
    return Visitor(user_id=request.user.pk if request.user.is_authenticated else None, key=key or "")


def visitor_made(request: HttpRequest) -> Visitor:
    """As `visitor_of`; whoever has neither account nor key gets a key: hand the answer to `remember`."""
    known = visitor_of(request)
    if known.user_id is not None or known.key:
        return known
    return Visitor(user_id=None, key=secrets.token_urlsafe(32))


def remember(response: HttpResponseBase, visitor: Visitor) -> None:
    """Give the browser its key, or lengthen the key's life."""
    if visitor.key:
        response.set_signed_cookie(
            COOKIE,
            visitor.key,
            salt=COOKIE,
            max_age=COOKIE_AGE_S,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )


def address_of(request: HttpRequest) -> str:
    """The visitor's network address, as far as trusted proxies tell; empty where nothing does."""
    try:
        return get_adapter().get_client_ip(request) or ""
    except PermissionDenied:
        return ""


def access_run(request: HttpRequest, run_id: UUID, *, change: bool = False) -> Run:
    """The run, for reading; with `change`, only for its maker: to others there is nothing there. Raises Http404."""
    run = Run.objects.filter(pk=run_id).first()
    if run is None or (change and not visitor_of(request).owns(run)):
        raise Http404("There is no such run, or it is not yours to change.")
    return run
