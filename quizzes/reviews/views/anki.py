"""Decks from Anki and to it."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.people import LearnersRequest
from quizzes.reviews.anki.archive import MAX_FILE_BYTES, AnkiUnreadable
from quizzes.reviews.forms import AnkiFileForm
from quizzes.reviews.models import PendingImport
from quizzes.reviews.services.anki_export import Wanted, deck_of
from quizzes.reviews.services.anki_import import import_pending, import_plan, import_read, import_take, import_undo
from quizzes.reviews.services.browsing import topics_of
from quizzes.reviews.services.own_cards import OwnCardsRefused
from quizzes.reviews.wire import choice_of

APKG = "application/apkg"
SHOWN = 20
BUSY_AT_MOST_S = 60
T = TypeVar("T")


class AnkiBusy(Exception):
    """The person's deck before this one is not finished; the message says so."""


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def anki(request: LearnersRequest) -> HttpResponse:
    """Choose a deck to import, or what to export. A POST reads the file."""
    form = AnkiFileForm(request.POST, request.FILES) if request.method == "POST" else AnkiFileForm()
    if form.is_valid():
        try:
            return redirect("reviews:anki_preview", uuid=_read(request, form.cleaned_data["file"]).uuid)
        except (AnkiUnreadable, AnkiBusy) as error:
            form.add_error("file", str(error))
    context = {"form": form, "topics": topics_of(request.user), "max_bytes": MAX_FILE_BYTES}
    return render(request, "reviews/anki.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def anki_preview(request: LearnersRequest, uuid: UUID) -> HttpResponse:
    """What taking the deck over would do; a POST does it."""
    pending = import_pending(request.user, uuid)
    if request.method != "POST":
        plan = import_plan(pending)
        return render(request, "reviews/anki_preview.html", {"plan": plan, "pending": pending, "shown": SHOWN})
    try:
        taken = import_take(pending, take_changed=request.POST.get("changed") == "deck")
    except OwnCardsRefused as error:
        messages.error(request, str(error))
        return redirect("reviews:anki_preview", uuid=uuid)
    messages.success(request, f"{_cards(taken.made)} new, {_cards(taken.changed)} changed. They are yours alone.")
    return redirect(f"{reverse('reviews:cards')}?state=own" + (f"&sort=newest&imported={taken.uuid}" if taken.made else ""))


@require_POST
@login_required
def anki_undo(request: LearnersRequest, uuid: UUID) -> HttpResponse:
    """Delete again what an import made."""
    count = import_undo(request.user, uuid)
    messages.success(request, f"The import is taken back: {_cards(count)} deleted.")
    return redirect("reviews:anki")


@require_safe
@never_cache
@login_required
def anki_export(request: LearnersRequest) -> HttpResponse:
    """The deck as a file; back to the page, in words, where there would be nothing in it."""
    parts = set(request.GET.getlist("part"))
    wanted = Wanted(site="site" in parts, own="own" in parts, questions="questions" in parts, choice=choice_of(request.GET))
    try:
        made = _alone(request, lambda: deck_of(request.user, wanted))
    except AnkiBusy as error:
        messages.warning(request, str(error))
        return redirect("reviews:anki")
    if not made.count:
        messages.warning(request, "No card fits, so there is no deck. Choose more kinds of cards, or another topic.")
        return redirect("reviews:anki")
    return as_file(made.data, "plimsoll.apkg")


def _read(request: LearnersRequest, file: Any) -> PendingImport:
    """Raises `AnkiUnreadable`, `AnkiBusy`."""
    return _alone(request, lambda: import_read(request.user, file.read(), str(file.name)))


def _alone(request: LearnersRequest, work: Callable[[], T]) -> T:
    """One deck at a time for each person: reading one, or making one of thousands of cards, keeps a process busy.

    Raises `AnkiBusy`.
    """
    key = f"anki:{request.user.pk}"
    if not cache.add(key, 1, timeout=BUSY_AT_MOST_S):
        raise AnkiBusy("Another deck of yours is being read or made. Wait a moment, then try again.")
    try:
        return work()
    finally:
        cache.delete(key)


def as_file(data: bytes, name: str) -> HttpResponse:
    return HttpResponse(data, content_type=APKG, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _cards(count: int) -> str:
    return f"{count:,} card" if count == 1 else f"{count:,} cards"
