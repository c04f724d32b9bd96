"""An Anki deck taken over in two steps: read and looked at, then kept as own cards. What is remembered in Anki is not taken."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.http import Http404

from quizzes.clock import database_now
from quizzes.reviews.anki.cards import AnkiCard, read_deck
from quizzes.reviews.anki.writing import guid_of
from quizzes.reviews.models import Flashcard, OwnFlashcard, PendingImport
from quizzes.reviews.services.intake import own_cards_take_in
from quizzes.reviews.services.own_cards import own_cards, own_cards_delete, room_or_refuse

Fate = Literal["new", "same", "changed", "site"]


@dataclass(frozen=True, slots=True)
class Planned:
    """A card of the deck, and what it is here: new, already there, there with other words, or one of the site's own."""

    card: AnkiCard
    fate: Fate
    own: OwnFlashcard | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What taking a deck over would do."""

    pending: PendingImport
    cards: Sequence[Planned]

    def of(self, fate: Fate) -> list[Planned]:
        return [each for each in self.cards if each.fate == fate]

    @property
    def new(self) -> list[Planned]:
        return self.of("new")

    @property
    def same(self) -> list[Planned]:
        return self.of("same")

    @property
    def changed(self) -> list[Planned]:
        return self.of("changed")

    @property
    def site(self) -> list[Planned]:
        return self.of("site")


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import did. `uuid` names it, to take it back."""

    uuid: UUID
    made: int
    changed: int


def import_read(user: Any, package: bytes, file_name: str) -> PendingImport:
    """Read a deck and keep it until it is taken over or replaced by the next one. Raises `AnkiUnreadable`."""
    deck = read_deck(package)
    with transaction.atomic():
        PendingImport.objects.filter(user_id=user.pk).delete()
        return PendingImport.objects.create(
            user_id=user.pk, file_name=file_name[:120], cards=[asdict(card) for card in deck.cards],
            problems=list(deck.problems), media_count=deck.media_count,
        )  # fmt: skip


def import_pending(user: Any, uuid: UUID) -> PendingImport:
    """The person's deck that waits. Raises `Http404`."""
    found = PendingImport.objects.filter(user_id=user.pk, uuid=uuid).first()
    if found is None:
        raise Http404("There is no such import.")
    return found


def import_plan(pending: PendingImport) -> Plan:
    """Each card beside what is here: cards are recognised by the guid of their note, and their number in it."""
    site = {guid_of("flashcard", slug) for slug in Flashcard.objects.values_list("slug", flat=True)}
    mine: dict[tuple[str, int], OwnFlashcard] = {}
    for own in OwnFlashcard.objects.filter(owner_id=pending.user_id):
        mine[guid_of("own", str(own.uuid)), 0] = own
        if own.anki_guid:
            mine[own.anki_guid, own.anki_ord] = own
    cards = [AnkiCard(**(values | {"tags": tuple(values["tags"])})) for values in pending.cards]
    return Plan(pending, [_planned(card, site, mine.get((card.guid, card.ord))) for card in cards])


def _planned(card: AnkiCard, site: set[str], own: OwnFlashcard | None) -> Planned:
    if card.guid in site:
        return Planned(card, "site", None)
    if own is None or own.deleted_at is not None:
        return Planned(card, "new", own)
    return Planned(card, "same" if (own.front, own.back) == (card.front, card.back) else "changed", own)


@transaction.atomic
def import_take(pending: PendingImport, *, take_changed: bool) -> Taken:
    """Keep the deck's cards. `take_changed`: where the words differ, the deck's; else the person's stay.

    Raises `OwnCardsRefused` when there would be too many.
    """
    locked = PendingImport.objects.select_for_update().filter(pk=pending.pk).first()
    if locked is None:  # a second click: the first one did it
        return Taken(pending.uuid, OwnFlashcard.objects.filter(owner_id=pending.user_id, imported_by=pending.uuid).count(), 0)
    plan = import_plan(locked)
    room_or_refuse(locked.user, len(plan.new))
    back = [each for each in plan.new if each.own is not None]
    over = [*(plan.changed if take_changed else ()), *back]
    made = OwnFlashcard.objects.bulk_create([_own(each.card, locked) for each in plan.new if each.own is None])
    own_cards_take_in(locked.user, [own.pk for own in made])
    _rewrite(over, locked)
    locked.delete()
    return Taken(pending.uuid, len(made) + len(back), len(over) - len(back))


def import_undo(user: Any, uuid: UUID) -> int:
    """Delete the cards that an import made; they can be brought back one by one. How many there were."""
    return own_cards_delete(own_cards(user).filter(imported_by=uuid))


def _own(card: AnkiCard, pending: PendingImport) -> OwnFlashcard:
    return OwnFlashcard(
        owner_id=pending.user_id, deck=card.deck, front=card.front, back=card.back, tags=list(card.tags), anki_guid=card.guid,
        anki_ord=card.ord, imported_by=pending.uuid,
    )  # fmt: skip


def _rewrite(over: Sequence[Planned], pending: PendingImport) -> None:
    """The deck's words. A card that comes back from the deleted ones is this import's: taking that back deletes it again."""
    rows, now = [], database_now()
    for each in over:
        assert each.own is not None
        each.own.front, each.own.back, each.own.tags = each.card.front, each.card.back, list(each.card.tags)
        each.own.imported_by = each.own.imported_by if each.own.deleted_at is None else pending.uuid
        each.own.deleted_at, each.own.changed_at = None, now
        rows.append(each.own)
    OwnFlashcard.objects.bulk_update(rows, ["front", "back", "tags", "imported_by", "deleted_at", "changed_at"])
