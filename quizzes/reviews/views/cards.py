"""A person's cards: the list, and the own ones written, changed, deleted and brought back."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.people import LearnersRequest
from courses.views.decisions import may_preview
from quizzes.clock import database_now
from quizzes.reviews.access import card_for
from quizzes.reviews.forms import OwnCardForm
from quizzes.reviews.models import OwnFlashcard
from quizzes.reviews.services.browsing import PAGE, cards_found, topics_of
from quizzes.reviews.services.own_cards import (
    MAX_TEXT,
    OwnCardsRefused,
    own_card_change,
    own_card_for,
    own_card_make,
    own_card_restore,
    own_cards,
    own_cards_delete,
)
from quizzes.reviews.services.shelving import card_suspend
from quizzes.reviews.services.showing import previewed

MAX_WORDS = 120
"""Of what is looked for, and of a deck's name."""


@require_safe
@never_cache
@login_required
def card_list(request: LearnersRequest) -> HttpResponse:
    asked = {name: request.GET.get(name, "").replace("\x00", "")[:MAX_WORDS] for name in ("q", "state", "deck", "sort")}
    found = cards_found(request.user, words=asked["q"], state=asked["state"], deck=asked["deck"], sort=asked["sort"])
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    deleted = OwnFlashcard.objects.filter(owner_id=request.user.pk, uuid__in=_uuids(request.GET.get("deleted"))).first()
    imported = next(iter(_uuids(request.GET.get("imported"))), None)
    context = {
        "page": page, "asked": asked, "topics": topics_of(request.user), "deleted": deleted, "imported": imported,
        "now": database_now(),
    }  # fmt: skip
    return render(request, "reviews/cards.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def card_new(request: LearnersRequest) -> HttpResponse:
    """Write a card. The next one begins with the same deck."""
    first = {"deck": request.GET.get("deck", "")[:120] or "My cards"}
    form = OwnCardForm(request.POST if request.method == "POST" else None, initial=first)
    if form.is_valid():
        try:
            own = own_card_make(request.user, form.content())
        except OwnCardsRefused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "The card is kept. It comes among the next new ones.")
            again = "another" in request.POST
            return redirect(
                f"{reverse('reviews:card_new')}?{urlencode({'deck': own.deck})}"
                if again
                else reverse("reviews:cards") + "?state=own"
            )
    return _form_page(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def card_edit(request: LearnersRequest, uuid: UUID) -> HttpResponse:
    own = own_card_for(request.user, uuid)
    first = {"front": own.front, "back": own.back, "deck": own.deck, "tags": " ".join(own.tags)}
    form = OwnCardForm(request.POST if request.method == "POST" else None, initial=first)
    if form.is_valid():
        own_card_change(own, form.content())
        messages.success(request, "Saved. What you remember of the card is kept.")
        return redirect("reviews:review" if request.GET.get("next") == "review" else reverse("reviews:cards") + "?state=own")
    return _form_page(request, form, own)


@require_POST
@login_required
def card_delete(request: LearnersRequest, uuid: UUID) -> HttpResponse:
    own = own_card_for(request.user, uuid)
    own_cards_delete(own_cards(request.user).filter(pk=own.pk))
    return redirect(f"{reverse('reviews:cards')}?state=own&deleted={own.uuid}")


@require_POST
@login_required
def card_restore(request: LearnersRequest, uuid: UUID) -> HttpResponse:
    try:
        if not own_card_restore(request.user, uuid):
            raise Http404("There is no such card.")
    except OwnCardsRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "The card is back, with what you remembered of it.")
    return redirect(reverse("reviews:cards") + "?state=own")


@require_POST
@login_required
def card_away(request: LearnersRequest, uuid: UUID) -> HttpResponse:
    """Put a card away until it is fetched back, or fetch it back, from the list."""
    card, on = card_for(request, uuid), request.POST.get("on") == "yes"
    card_suspend(request.user, card.uuid, on=on)
    messages.success(
        request, "Put away: it is not asked until you fetch it back." if on else "Fetched back: it is asked again."
    )
    return redirect(reverse("reviews:cards") + ("" if on else "?state=away"))


@require_POST
@login_required
def preview(request: LearnersRequest) -> HttpResponse:
    """A side of a card as it will look. Nothing is kept."""
    text = request.POST.get("body", "").replace("\x00", "").replace("\r\n", "\n")
    if len(text) > MAX_TEXT:
        return HttpResponse(f"A side has {MAX_TEXT:,} characters at most.", status=422, content_type="text/plain")
    if not may_preview(request):
        return HttpResponse("Too many previews in a minute.", status=429, content_type="text/plain")
    return HttpResponse(previewed(text))


def _form_page(request: LearnersRequest, form: OwnCardForm, own: OwnFlashcard | None) -> HttpResponse:
    context = {"form": form, "own": own, "decks": topics_of(request.user).decks}
    return render(request, "reviews/card_form.html", context, status=422 if form.errors else 200)


def _uuids(text: str | None) -> list[UUID]:
    try:
        return [UUID(text)] if text else []
    except ValueError:
        return []
