"""Flashcards as files and in the admin."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from courses.instructors import grant_instructors
from courses.loading.kinds import Material
from courses.loading.load import material_folder, parse_material
from courses.loading.source import MaterialError, SourceFile
from quizzes.reviews.material import FlashcardKind
from quizzes.reviews.models import Card, Flashcard
from tests.courses.conftest import MaterialFolder
from tests.quizzes.reviews.desk import Desk, flashcards, member

FILE = """\
- slug: card-one
  covers: [circuit-breaker]
  front: What is $p^2$?
  back: A power.
  lesson: first-steps
  tags: [breakers]
# a comment
- slug: card-two
  front: And this?
  back: That.
"""


def test_the_sites_own_cards_can_be_shown_and_cover_what_they_name() -> None:
    kind = FlashcardKind()
    files = sorted(material_folder().glob("flashcards/*.yaml"))
    pieces = [piece for path in files for piece in kind.pieces(SourceFile(f"flashcards/{path.name}", path.read_text()))]
    assert len(pieces) >= 12
    assert [problem for piece in pieces for problem in kind.check(piece, Material({}))] == []
    assert ("flashcard", "circuit-breaker") in {pair for piece in pieces for pair in kind.covers(piece)}


@pytest.mark.django_db
def test_files_load_and_the_rows_say_what_they_say(files: MaterialFolder) -> None:
    files.write("flashcards/some.yaml", FILE)
    assert files.load()["card-one"] == "created"
    assert files.load()["card-one"] == "unchanged"
    row, kind = Flashcard.objects.get(slug="card-one"), FlashcardKind()
    assert (row.lesson, row.tags, row.covers) == ("first-steps", ["breakers"], ["circuit-breaker"])
    assert kind.canonical(kind.entry_of(row)).startswith("- slug: card-one")
    Flashcard.objects.filter(pk=row.pk).update(back="Edited.")
    files.write("flashcards/some.yaml", FILE.replace("A power.", "Another."))
    assert files.load()["card-one"] == "conflict"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("lesson: first-steps", "there is no lesson"),
        ("front: What is $p^2$?", "formula"),
        ("back: A power.", "words on both sides"),
    ],
)
def test_a_mistake_stops_the_load_with_its_line(files: MaterialFolder, wrong: str, words: str) -> None:
    right = {
        "lesson: first-steps": "lesson: nowhere",
        "front: What is $p^2$?": r"front: $\nothing$",
        "back: A power.": "back: ' '",
    }
    files.write("flashcards/some.yaml", FILE.replace(wrong, right[wrong]))
    with pytest.raises(MaterialError, match=rf"flashcards/some.yaml:\d+: .*{words}"):
        parse_material(files.path)


@pytest.fixture
def instructor(client: Client, db: None) -> Client:
    user = member("instructor")
    User.objects.filter(pk=user.pk).update(is_staff=True)
    user.groups.add(grant_instructors())
    client.force_login(User.objects.get(pk=user.pk))
    return client


FORM: dict[str, Any] = {
    "slug": "card-new", "front": "Why?\r\nOr $p^2$?", "back": "So.", "lesson": "", "tags": "breakers\nqueues", "covers": "",
}  # fmt: skip


def test_an_instructor_writes_a_card_and_mistakes_are_said(instructor: Client) -> None:
    assert instructor.post("/admin/reviews/flashcard/add/", FORM).status_code == 302
    made = Flashcard.objects.get()
    assert (made.front, made.tags) == ("Why?\nOr $p^2$?", ["breakers", "queues"])
    assert made.history.count() == 1
    wrong = instructor.post("/admin/reviews/flashcard/add/", FORM | {"slug": "other", "front": r"$\nothing$"})
    assert "formula" in wrong.content.decode()
    assert Flashcard.objects.count() == 1
    assert instructor.get(f"/admin/reviews/flashcard/{made.pk}/change/").status_code == 200


def test_decks_are_made_from_the_admin(instructor: Client) -> None:
    first, _ = flashcards(2)
    one = instructor.post("/admin/reviews/flashcard/", {"action": "anki_deck", "_selected_action": [first.pk]})
    assert one.content.startswith(b"PK")
    assert "Deck for Anki" in instructor.get("/admin/reviews/flashcard/").content.decode()
    assert instructor.post("/admin/reviews/flashcard/anki/", {"flashcards": "on"}).content.startswith(b"PK")
    nothing = instructor.post("/admin/reviews/flashcard/anki/", {"flashcards": "on", "tag": "nobodys"})
    assert "Nothing fits" in nothing.content.decode()


def test_a_card_that_somebody_was_asked_is_retired_not_deleted(instructor: Client) -> None:
    (row,) = flashcards(1)
    desk = Desk()
    desk.rate(desk.cards()[0], 3)
    assert instructor.post(f"/admin/reviews/flashcard/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Card.objects.exists()


def test_learners_do_not_reach_it(client: Client, db: None) -> None:
    client.force_login(member())
    for path in ("", "anki/", "add/"):
        assert client.get(f"/admin/reviews/flashcard/{path}").status_code == 302
