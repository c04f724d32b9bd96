"""Own cards, the list, settings, and the Anki pages, as a person uses them."""

from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from quizzes.reviews.models import Card, OwnFlashcard, PendingImport, ReviewSettings
from quizzes.reviews.services import own_cards
from tests.quizzes.reviews.desk import Desk, flashcards, member
from tests.quizzes.reviews.packages import apkg, note

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client) -> Desk:
    made = Desk()
    client.force_login(made.user)
    return made


def written(client: Client, **fields: str) -> Any:
    values = {"front": "What is **TTL**?", "back": "Time to live.", "deck": "Networks", "tags": "dns, Caching"}
    return client.post("/review/cards/new/", values | fields)


def page(client: Client, path: str) -> str:
    reply = client.get(path)
    assert reply.status_code == 200
    return str(reply.content.decode())


def test_a_card_is_written_asked_changed_and_keeps_its_memory(client: Client, desk: Desk) -> None:
    assert written(client).status_code == 302
    own = OwnFlashcard.objects.get()
    assert (own.owner, own.tags) == (desk.user, ["dns", "caching"])
    desk.rate(desk.cards()[0], 4)
    before = Card.objects.get().memory
    client.post(f"/review/cards/{own.uuid}/", {"front": "TTL?", "back": "Seconds.", "deck": "Networks", "tags": ""})
    assert OwnFlashcard.objects.get().front == "TTL?"
    assert Card.objects.get().memory == before


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"front": "  "}, "required"),
        ({"tags": "a!b"}, "is no tag"),
        ({"tags": " ".join(f"t{number}" for number in range(30))}, "20 tags at most"),
        ({"back": "x" * 10_001}, "10000"),
    ],
)
def test_a_card_that_cannot_be_says_why_and_loses_nothing(client: Client, desk: Desk, fields: Any, words: str) -> None:
    reply = written(client, **fields)
    assert reply.status_code == 422
    assert words in reply.content.decode()
    assert "What is **TTL**?" in reply.content.decode() or "front" in fields
    assert not OwnFlashcard.objects.exists()


def test_there_is_an_end_to_own_cards(client: Client, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_cards, "MAX_OWN", 1)
    written(client)
    reply = written(client)
    assert reply.status_code == 422
    assert "Delete some to make room" in reply.content.decode()


def test_a_deleted_card_comes_back_with_its_memory(client: Client, desk: Desk) -> None:
    written(client)
    own = OwnFlashcard.objects.get()
    desk.rate(desk.cards()[0], 4)
    before = Card.objects.get().memory
    reply = client.post(f"/review/cards/{own.uuid}/delete/", follow=True)
    assert "Deleted: “What is **TTL**?”" in reply.content.decode()
    assert list(desk.cards()) == []
    assert client.get(f"/review/cards/{own.uuid}/").status_code == 404
    client.post(f"/review/cards/{own.uuid}/restore/")
    assert Card.objects.get().memory == before
    assert "TTL" in page(client, "/review/cards/?state=own")


def test_another_persons_card_does_not_exist(client: Client, desk: Desk) -> None:
    written(client)
    own, card = OwnFlashcard.objects.get(), Card.objects.get()
    client.force_login(member("other"))
    assert client.get(f"/review/cards/{own.uuid}/").status_code == 404
    for path in (f"cards/{own.uuid}/delete/", f"cards/{own.uuid}/restore/", f"{card.uuid}/away/"):
        assert client.post(f"/review/{path}").status_code == 404
    assert "TTL" not in page(client, "/review/cards/")
    assert OwnFlashcard.objects.get().deleted_at is None


def test_the_list_finds_by_words_and_state_and_fetches_back(client: Client, desk: Desk) -> None:
    flashcards(1, front="A stampede?")
    client.get("/review/")
    written(client)
    card = Card.objects.get(own=None)
    assert "stampede" in page(client, "/review/cards/?q=STAMPEDE")
    assert "stampede" not in page(client, "/review/cards/?q=ttl")
    client.post(f"/review/{card.uuid}/away/", {"on": "yes"})
    assert "Fetch back" in page(client, "/review/cards/?state=away")
    client.post(f"/review/{card.uuid}/away/", {"on": "no"})
    assert "No card fits" in page(client, "/review/cards/?state=away")


def test_settings_are_kept_and_wrong_ones_refused_in_words(client: Client, desk: Desk) -> None:
    good = {"percent": "85", "new_per_day": "7", "new_from": "all", "border_hour": "3", "time_zone": "Asia/Tokyo"}
    assert client.post("/review/settings/", good).status_code == 302
    kept = ReviewSettings.objects.get()
    assert (kept.retention, kept.new_per_day, kept.border_hour, kept.time_zone) == (0.85, 7, 3, "Asia/Tokyo")
    for wrong in ({"percent": "99"}, {"border_hour": "24", "new_per_day": "999"}, {"time_zone": "Mars"}):
        reply = client.post("/review/settings/", good | wrong)
        assert reply.status_code == 422
        assert 'class="error"' in reply.content.decode()
    assert ReviewSettings.objects.get().retention == 0.85


def test_a_preview_is_clean_html(client: Client, desk: Desk) -> None:
    reply = client.post("/review/preview/", {"body": "**a** <script>alert(1)</script> $p^2$"}).content.decode()
    assert "<strong>a</strong>" in reply
    assert "<script" not in reply
    assert "<msup>" in reply


def test_a_deck_is_imported_through_its_preview_and_undone(client: Client, desk: Desk, tmp_path: Path) -> None:
    file = SimpleUploadedFile("caches.apkg", apkg(tmp_path, note("A <b>cache</b>?", "B", guid="a")))
    reply = client.post("/review/anki/", {"file": file})
    pending = PendingImport.objects.get()
    assert reply["Location"] == f"/review/anki/{pending.uuid}/"
    assert "A <strong>cache</strong>?" in page(client, f"/review/anki/{pending.uuid}/")
    taken = client.post(f"/review/anki/{pending.uuid}/", {"changed": "deck"}, follow=True).content.decode()
    assert "1 card new" in taken
    assert f"/review/anki/{pending.uuid}/undo/" in taken
    client.post(f"/review/anki/{pending.uuid}/undo/")
    assert list(desk.cards()) == []


def test_a_file_that_is_no_deck_is_refused_at_its_field(client: Client, desk: Desk) -> None:
    reply = client.post("/review/anki/", {"file": SimpleUploadedFile("x.apkg", b"nothing")})
    assert reply.status_code == 422
    assert "This is no Anki deck" in reply.content.decode()
    assert "Choose a file first" in client.post("/review/anki/", {}).content.decode()
    cache.add(f"anki:{desk.user.pk}", 1)  # as while another one is being read
    reply = client.post("/review/anki/", {"file": SimpleUploadedFile("x.apkg", b"nothing")})
    assert "Another deck of yours is being read" in reply.content.decode()
    busy = client.get("/review/anki/deck.apkg?part=own", follow=True)
    assert "Another deck of yours is being read" in busy.content.decode()


def test_the_next_card_begins_with_the_same_deck_whatever_its_name(client: Client, desk: Desk) -> None:
    reply = written(client, deck="R&D #1", another="1")
    assert 'value="R&amp;D #1"' in client.get(reply["Location"]).content.decode()


def test_an_export_is_a_file_or_says_why_there_is_none(client: Client, desk: Desk) -> None:
    empty = client.get("/review/anki/deck.apkg?part=own", follow=True)
    assert "No card fits" in empty.content.decode()
    flashcards(1)
    reply = client.get("/review/anki/deck.apkg?part=site&part=own")
    assert reply["Content-Disposition"] == 'attachment; filename="plimsoll.apkg"'
    assert reply.content.startswith(b"PK")
