"""A person's own flashcards: written, changed, deleted and brought back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404

from quizzes.clock import ClockNow, database_now
from quizzes.reviews.models import OwnFlashcard
from quizzes.reviews.services.intake import own_cards_take_in

MAX_TEXT = 10_000
MAX_OWN = 10_000
MAX_TAGS = 20
KEPT_AFTER_DELETION = timedelta(days=30)


class OwnCardsRefused(Exception):
    """Nothing was changed; the message says why, for the owner."""


@dataclass(frozen=True, slots=True)
class OwnContent:
    """What stands on an own flashcard: Markdown on both sides."""

    deck: str
    front: str
    back: str
    tags: Sequence[str] = ()


def own_cards(user: Any) -> QuerySet[OwnFlashcard]:
    """Those that are not deleted."""
    return OwnFlashcard.objects.filter(owner_id=user.pk, deleted_at__isnull=True)


def own_card_for(user: Any, uuid: UUID) -> OwnFlashcard:
    """The person's own card. Somebody else's, and a deleted one, does not exist. Raises `Http404`."""
    found = own_cards(user).filter(uuid=uuid).first()
    if found is None:
        raise Http404("There is no such card.")
    return found


@transaction.atomic
def own_card_make(user: Any, content: OwnContent) -> OwnFlashcard:
    """A new card, asked among the new ones. Raises `OwnCardsRefused`."""
    room_or_refuse(user, 1)
    made = OwnFlashcard.objects.create(
        owner_id=user.pk, deck=content.deck, front=content.front, back=content.back, tags=list(content.tags)
    )
    own_cards_take_in(user, [made.pk])
    return made


def own_card_change(own: OwnFlashcard, content: OwnContent) -> None:
    """New words; what is remembered of the card stays."""
    own.deck, own.front, own.back, own.tags = content.deck, content.front, content.back, list(content.tags)
    own.changed_at = database_now()
    own.save(update_fields=["deck", "front", "back", "tags", "changed_at"])


def own_cards_delete(cards: QuerySet[OwnFlashcard]) -> int:
    """Put away; they can be brought back for thirty days. What is older is then gone for good, with its log."""
    count = cards.update(deleted_at=ClockNow())
    OwnFlashcard.objects.filter(deleted_at__lt=database_now() - KEPT_AFTER_DELETION).delete()
    return count


def own_card_restore(user: Any, uuid: UUID) -> bool:
    """Bring a deleted card back, with what was remembered of it. False: there is none. Raises `OwnCardsRefused`."""
    room_or_refuse(user, 1)
    found = OwnFlashcard.objects.filter(owner_id=user.pk, uuid=uuid, deleted_at__isnull=False)
    return bool(found.update(deleted_at=None))


def room_or_refuse(user: Any, more: int) -> None:
    """Raises `OwnCardsRefused` when `more` cards would be too many."""
    if own_cards(user).count() + more > MAX_OWN:
        raise OwnCardsRefused(f"You can keep {MAX_OWN:,} cards of your own. Delete some to make room.")
