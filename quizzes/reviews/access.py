"""Who asks: reviews are a signed-in person's own. The only way to a card from a request."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from courses.people import LearnersRequest
from quizzes.reviews.models import Card

View = Callable[..., HttpResponse]


def in_json(view: View) -> Callable[..., HttpResponseBase]:
    """For requests of the page's script: signed out is said in JSON, where a page would redirect to the sign-in."""

    @never_cache
    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return signed_out("You are signed out. Sign in to go on.")
        return view(request, *args, **kwargs)

    return wrapper


def signed_out(message: str) -> JsonResponse:
    """For the page's script: it keeps what it holds, and shows the message with a link."""
    login_url = f"{reverse('account_login')}?{urlencode({'next': reverse('reviews:review')})}"
    return JsonResponse({"message": message, "login_url": login_url}, status=401)


def card_for(request: LearnersRequest, uuid: UUID) -> Card:
    """The person's own card. Somebody else's does not exist. Raises `Http404`."""
    cards = Card.objects.select_related("flashcard", "own", "question__current")
    found = cards.filter(user_id=request.user.pk, uuid=uuid).first()
    if found is None:
        raise Http404("There is no such card.")
    return found
