"""The review page and what its script talks to. JSON both ways; ratings may be sent as often as the connection needs.

POST /review/ratings/   {"ratings": [{"id", "card", "revision", "rating", "age_ms", "duration_ms", …}], "choice": {…}}
    200 {"fates": {id: "kept" | "stale" | "gone"}, "queue": …}
POST /review/undo/      {"id", "rating", "choice"}       200 {"fate", "queue"}
POST /review/<card>/answer/  {"revision", "version", "value", "give_up"}   200 {"html", "score", "proposed"}; 422 in words;
    409 {"message"}: the card is not asked as it was shown (rated elsewhere, corrected, retired, in a running attempt)
POST /review/<card>/bury/, /review/<card>/suspend/  {"on", "choice"}       200 {"queue"}
A request that is not what the page sends: 400. Signed out, or signed in as somebody else than the page is of: 401
{"message", "login_url"}, and nothing is kept or dropped. Another's card: 404.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from courses.people import LearnersRequest
from quizzes.clock import database_now
from quizzes.kinds import AnswerError
from quizzes.reviews.access import card_for, in_json, signed_out
from quizzes.reviews.memory import LEARNING, NEW, RELEARNING, REVIEW
from quizzes.reviews.models import Card, ReviewLog, ReviewSettings
from quizzes.reviews.services.answering import NotAskedNow, card_answer
from quizzes.reviews.services.browsing import topics_of
from quizzes.reviews.services.intake import cards_take_in
from quizzes.reviews.services.preferences import more_new_today, settings_of, zone_learn
from quizzes.reviews.services.queue import Choice, Queue, queue_of
from quizzes.reviews.services.rating import rating_keep, rating_undo
from quizzes.reviews.services.shelving import card_bury, card_suspend
from quizzes.reviews.services.showing import Face, faces, interval_words
from quizzes.reviews.wire import AnswerSent, PutAwaySent, RatingsSent, UndoSent, WireError, choice_of, read

SENT_AT_ONCE = 8
"""Cards that the page holds: enough to go on for a while without a connection."""
BUCKETS = {NEW: "new", LEARNING: "learning", REVIEW: "due", RELEARNING: "learning"}
"""The count that a card belongs to, by its state."""


@require_safe
@never_cache
def review(request: HttpRequest) -> HttpResponse:
    """Today's reviews. A visitor is told what they are."""
    if not request.user.is_authenticated:
        return render(request, "reviews/visitor.html")
    cards_take_in(request.user)
    settings, now, choice = settings_of(request.user), database_now(), choice_of(request.GET)
    queue = queue_of(request.user, settings, now, choice, at_most=SENT_AT_ONCE)
    topics = topics_of(request.user)
    title = dict(topics.lessons).get(choice.lesson, choice.lesson) or choice.deck or choice.tag
    state = _queue_json(queue, settings, now, choice)
    context = {"queue": queue, "state": state, "choice": choice, "chosen_title": title, "settings": settings, "topics": topics}
    return render(request, "reviews/review.html", context)


@require_POST
@login_required
def more_new(request: LearnersRequest) -> HttpResponse:
    """A few new cards more, today."""
    more_new_today(request.user, database_now())
    return redirect("reviews:review")


@require_POST
@in_json
def ratings(request: LearnersRequest) -> HttpResponse:
    try:
        sent: RatingsSent = read(RatingsSent, request.body)
    except WireError as error:
        return _refused(error)
    if sent.user not in ("", str(request.user.pk)):
        return signed_out("Somebody else is signed in here now. Sign in as before to go on.")
    settings = settings_of(request.user)
    zone_learn(settings, sent.zone)
    now = database_now()
    fates = {str(each.id): rating_keep(request.user, settings, each.rated(), now) for each in sent.ratings}
    return JsonResponse({"fates": fates, "queue": _next(request, settings, sent.choice.choice())})


@require_POST
@in_json
def undo(request: LearnersRequest) -> HttpResponse:
    try:
        sent: UndoSent = read(UndoSent, request.body)
    except WireError as error:
        return _refused(error)
    fate = rating_undo(request.user, sent.rating, sent.id, database_now())
    first = _undone_card(request, sent) if fate == "kept" else None
    return JsonResponse({"fate": fate, "card": first, "queue": _next(request, settings_of(request.user), sent.choice.choice())})


@require_POST
@in_json
def answer(request: LearnersRequest, uuid: UUID) -> HttpResponse:
    """The graded answer to a question card, with its key. Nothing is kept before it is rated."""
    card = card_for(request, uuid)
    try:
        sent: AnswerSent = read(AnswerSent, request.body)
    except WireError as error:
        return _refused(error)
    if card.question_id is None or sent.revision != card.revision:
        return JsonResponse({"message": "This card was answered elsewhere meanwhile. Here is the next one."}, status=409)
    try:
        graded = card_answer(request.user, card, sent.version, sent.value, give_up=sent.give_up)
    except NotAskedNow as error:
        return JsonResponse({"message": str(error)}, status=409)
    except AnswerError as error:
        return JsonResponse({"message": str(error)}, status=422)
    html = render_to_string("reviews/_answered.html", {"graded": graded, "gave_up": sent.give_up})
    return JsonResponse({"html": html, "score": graded.score, "proposed": int(graded.proposed)})


@require_POST
@in_json
def bury(request: LearnersRequest, uuid: UUID) -> HttpResponse:
    return _put_away(request, uuid, suspend=False)


@require_POST
@in_json
def suspend(request: LearnersRequest, uuid: UUID) -> HttpResponse:
    return _put_away(request, uuid, suspend=True)


def _put_away(request: LearnersRequest, uuid: UUID, *, suspend: bool) -> HttpResponse:
    card, settings = card_for(request, uuid), settings_of(request.user)
    try:
        sent: PutAwaySent = read(PutAwaySent, request.body)
    except WireError as error:
        return _refused(error)
    if suspend:
        card_suspend(request.user, card.uuid, on=sent.on)
    else:
        card_bury(request.user, settings, card.uuid, database_now(), on=sent.on)
    back = None if sent.on else _card_json(card_for(request, uuid), settings, ahead=sent.choice.ahead)
    return JsonResponse({"card": back, "queue": _next(request, settings, sent.choice.choice())})


def _refused(error: WireError) -> HttpResponse:
    return JsonResponse({"message": str(error)}, status=400)


def _next(request: LearnersRequest, settings: ReviewSettings, choice: Choice) -> dict[str, Any]:
    now = database_now()
    return _queue_json(queue_of(request.user, settings, now, choice, at_most=SENT_AT_ONCE), settings, now, choice)


def _undone_card(request: LearnersRequest, sent: UndoSent) -> dict[str, Any]:
    """The card whose rating was taken back, to be asked again at once."""
    log = ReviewLog.objects.select_related("card").get(user_id=request.user.pk, client_id=sent.rating)
    return _card_json(card_for(request, log.card.uuid), settings_of(request.user), ahead=sent.choice.ahead)


def _card_json(card: Card, settings: ReviewSettings, *, ahead: bool) -> dict[str, Any]:
    (face,) = faces([card], settings, database_now(), ahead=ahead)
    return _face_json(face)


def _queue_json(queue: Queue, settings: ReviewSettings, now: datetime, choice: Choice) -> dict[str, Any]:
    counts, last = queue.counts, queue.last
    return {
        "cards": [_face_json(face) for face in faces(list(queue.cards), settings, now, ahead=choice.ahead)],
        "counts": {"learning": counts.learning, "due": counts.due, "new": counts.new, "done": counts.done},
        "last": str(last.client_id) if last else None,
        "done_html": render_to_string("reviews/_done.html", _done(queue, now, choice)),
    }


def _done(queue: Queue, now: datetime, choice: Choice) -> dict[str, Any]:
    wait = queue.next_at - now if queue.next_at else None
    return {"queue": queue, "choice": choice, "next_words": interval_words(wait) if wait else ""}


def _face_json(face: Face) -> dict[str, Any]:
    card, asked = face.card, face.asked
    return {
        "id": str(card.uuid),
        "revision": card.revision,
        "kind": "question" if asked else "flashcard",
        "bucket": BUCKETS[card.state],
        "version": asked.version.number if asked else None,
        "html": render_to_string("reviews/_card.html", {"face": face}),
    }
