"""Anki decks: read with limits and in words, taken over without doubles, written so that Anki recognises them."""

import io
import json
import sqlite3
import time
import zipfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import genanki
import pytest
from django.http import Http404

from quizzes.clock import database_now
from quizzes.models import Question
from quizzes.reviews.anki import archive
from quizzes.reviews.anki.archive import AnkiUnreadable
from quizzes.reviews.anki.cards import read_deck
from quizzes.reviews.anki.templates import rendered
from quizzes.reviews.anki.writing import AnkiNote, guid_of, html_for_anki, package
from quizzes.reviews.models import Card, Flashcard, OwnFlashcard, PendingImport
from quizzes.reviews.services.anki_export import Wanted, deck_for_instructors, deck_of
from quizzes.reviews.services.anki_import import import_pending, import_plan, import_read, import_take, import_undo
from quizzes.reviews.services.own_cards import own_cards
from quizzes.reviews.services.queue import Choice
from tests.quizzes.bank import DEFINITIONS, question
from tests.quizzes.reviews.desk import Desk, flashcards, member
from tests.quizzes.reviews.packages import apkg, note, zipped

GUID = "Q:06&h+N5,"
"""Decks that people imported know the card by it, so it must never change."""
CLOZE = genanki.CLOZE_MODEL
REVERSED = genanki.BASIC_AND_REVERSED_CARD_MODEL


# Reading


def test_html_becomes_markdown_and_what_cannot_is_said(tmp_path: Path) -> None:
    front = "What is a <b>stampede</b>? <script>alert(1)</script>[sound:x.mp3] It costs $5"
    back = "Many misses <i>at once</i><ul><li>lock</li></ul><img src='a.png'><a href='javascript:x'>y</a>"
    deck = read_deck(apkg(tmp_path, note(front, back, guid="a", tags=["Caching::Basics", "é"])))
    (card,) = deck.cards
    assert card.front == "What is a **stampede**? It costs &#36;5"
    assert card.back.startswith("Many misses *at once*\n\n-")
    assert not {"<", "javascript:x"} & set(card.back.split("("))
    assert (card.deck, card.tags) == ("Systems::Caches", ("caching-basics", "é"))
    assert any("Sound" in problem for problem in deck.problems)
    assert any("Image" in problem for problem in deck.problems)


def test_formulas_stay_formulas(tmp_path: Path) -> None:
    (card,) = read_deck(
        apkg(tmp_path, note(r"Is \(p_1^2\) or [$]\frac{1}{2}[/$]?", r"\[x < y\]".replace("<", "&lt;"), guid="a"))
    ).cards
    assert card.front == r"Is $p_1^2$ or $\frac{1}{2}$?"
    assert card.back == "$$x < y$$"


def test_each_passage_of_a_cloze_note_is_a_card(tmp_path: Path) -> None:
    text = "{{c1::Write-through}} writes {{c2::before::when?}} it {{c1::answers}}"
    first, second = read_deck(apkg(tmp_path, note(text, "", guid="a", model=CLOZE))).cards
    assert first.front == "**[…]** writes before it **[…]**"
    assert second.front == "Write-through writes **[when?]** it answers"
    assert second.back.startswith("Write-through writes **before** it answers")
    assert (first.ord, second.ord) == (0, 1)


def test_a_reversed_note_is_two_cards_and_a_picture_alone_is_none(tmp_path: Path) -> None:
    deck = read_deck(apkg(tmp_path, note("A", "B", guid="a", model=REVERSED), note("<img src='x.png'>", "B", guid="b")))
    assert [(card.front, card.back) for card in deck.cards] == [("A", "B"), ("B", "A")]
    assert any("picture" in problem for problem in deck.problems)


def test_templates_know_sections_and_filters() -> None:
    template = "{{#Hint}}({{text:Hint}}){{/Hint}}{{^Hint}}none{{/Hint}} {{type:Word}} {{Nobody}}"
    assert rendered(template, {"Hint": "<b>h</b>", "Word": "w"}, cloze=0, answer=False) == "( h ) w "
    assert rendered(template, {"Hint": "<br>", "Word": "w"}, cloze=0, answer=False) == "none w "


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"nothing", "no Anki deck"),
        (b"", "no Anki deck"),
        (zipped(other=b"x"), "no Anki deck"),
        (zipped(collection__anki2=b"not a database"), "no Anki deck"),
        (zipped(collection__anki2=b"SQLite format 3\x00" + b"\xff" * 5000), "no Anki deck"),
        (zipped(collection__anki21b=b"x", collection__anki2=b"x"), "Support older Anki versions"),
    ],
)
def test_what_is_no_deck_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(AnkiUnreadable, match=words):
        read_deck(data)


def test_a_bomb_ends_at_the_limit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(archive, "MAX_COLLECTION_BYTES", 2_000_000)
    bomb = zipped(collection__anki2=b"\x00" * 4_000_000)
    assert len(bomb) < 10_000
    with pytest.raises(AnkiUnreadable, match="larger than"):
        read_deck(bomb)
    monkeypatch.setattr(archive, "MAX_FILE_BYTES", 100)
    with pytest.raises(AnkiUnreadable, match="Include media"):
        read_deck(apkg(tmp_path, note("A", "B", guid="a")))


def test_a_query_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quizzes.reviews.anki.collection.MOST_LOOKS", 20)
    data = deck_of_one(cards=4_000, flaw="INSERT INTO notes SELECT 2 + rowid, 'g', 1, '', 'A' FROM cards")
    read_deck(data)
    monkeypatch.setattr("quizzes.reviews.anki.collection.STEPS_BETWEEN_LOOKS", 100)
    with pytest.raises(AnkiUnreadable):
        read_deck(data)


def deck_of_one(
    *, front: str = "{{F}}", deck: str = "D", place: int = 0, fields: str = "A\x1fB", cards: int = 1, flaw: str = ""
) -> bytes:
    """A package of a note type that nobody's Anki would write."""
    template = {"name": "t", "ord": place, "qfmt": front, "afmt": "{{B}}"}
    model = {"name": "m", "flds": [{"name": "F", "ord": 0}, {"name": "B", "ord": 1}], "tmpls": [template]}
    with closing(sqlite3.connect(":memory:")) as made:
        made.execute("CREATE TABLE col (models, decks)")
        made.execute("INSERT INTO col VALUES (?, ?)", [json.dumps({"1": model}), json.dumps({"1": {"name": deck}})])
        made.executescript("CREATE TABLE notes (id, guid, mid, tags, flds); CREATE TABLE cards (nid, ord, did)")
        made.execute("INSERT INTO notes VALUES (1, 'g', 1, '', ?)", [fields])
        made.executemany("INSERT INTO cards VALUES (1, ?, 1)", [[place]] * cards)
        made.executescript(flaw)
        made.commit()
        return zipped(collection__anki2=made.serialize())


def test_a_view_is_no_table_of_anki() -> None:
    """One that makes a value of 800 MB kept a process busy until its memory was gone."""
    huge = "CREATE VIEW notes AS SELECT 1 AS id, 'g' AS guid, 1 AS mid, '' AS tags, hex(zeroblob(400000000)) AS flds"
    with pytest.raises(AnkiUnreadable, match="no Anki deck"):
        read_deck(deck_of_one(flaw=f"DROP TABLE notes; {huge}"))


def test_a_long_note_with_very_many_cards_does_not_fill_the_memory() -> None:
    with pytest.raises(AnkiUnreadable, match="in parts"):
        read_deck(deck_of_one(fields="A" * 7_000_000, cards=5_000))
    with pytest.raises(AnkiUnreadable):
        read_deck(deck_of_one(fields="A" * 20_000_000))


def test_a_template_that_repeats_a_field_without_end_is_no_card() -> None:
    for times in (4_000, 300):
        deck = read_deck(deck_of_one(front="{{F}}" * times, fields="<b>x</b> " * 2_200 + "\x1fB"))
        assert (deck.cards, len(deck.problems)) == ((), 1)


@pytest.mark.parametrize("place", [-1, 10**12])
def test_a_card_with_a_number_that_no_card_has_is_none(place: int) -> None:
    assert read_deck(deck_of_one(place=place)).cards == ()


@pytest.mark.django_db
def test_names_that_the_database_refuses_are_taken_without_what_it_refuses() -> None:
    pending = import_read(member(), deck_of_one(front="a\x00b\ud800 {{F}}", deck="D\x00\ud800"), "d")
    assert (pending.cards[0]["front"], pending.cards[0]["deck"]) == ("ab A", "D")


@pytest.mark.parametrize("way", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
def test_a_broken_archive_is_no_deck(way: int) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", way) as made:
        made.writestr("collection.anki2", b"SQLite format 3\x00" * 500)
    data = bytearray(whole.getvalue())
    start = data.find(b"collection.anki2") + len(b"collection.anki2")
    data[start : start + 6] = b"\xff" * 6
    with pytest.raises(AnkiUnreadable, match="no Anki deck"):
        read_deck(bytes(data))


def test_a_database_of_a_newer_schema_is_sent_back_with_advice() -> None:
    with pytest.raises(AnkiUnreadable, match="older Anki versions"):
        read_deck(deck_of_one(flaw="UPDATE col SET models = ''"))


# Taking over


@pytest.mark.django_db
def test_a_deck_is_looked_at_then_taken_over_once(tmp_path: Path) -> None:
    user = member()
    data = apkg(tmp_path, note("A", "B", guid="a"), note("C", "D", guid="b", tags=["t"]))
    pending = import_read(user, data, "caches.apkg")
    assert not OwnFlashcard.objects.exists()
    assert len(import_plan(pending).new) == 2
    assert import_take(pending, take_changed=True).made == 2
    assert import_take(pending, take_changed=True).made == 2  # a second click
    assert own_cards(user).count() == Card.objects.filter(user=user).count() == 2
    again = import_plan(import_read(user, data, "caches.apkg"))
    assert (len(again.new), len(again.same)) == (0, 2)


@pytest.mark.django_db
@pytest.mark.parametrize(("take", "back"), [(True, "New words"), (False, "B")])
def test_changed_words_are_taken_when_wanted_and_memory_stays(tmp_path: Path, take: bool, back: str) -> None:
    desk = Desk()
    import_take(import_read(desk.user, apkg(tmp_path, note("A", "B", guid="a")), "d"), take_changed=True)
    Card.objects.update(due=desk.at)
    desk.rate(desk.cards()[0], 4)
    memory = Card.objects.get().memory
    plan = import_plan(import_read(desk.user, apkg(tmp_path, note("A", "New words", guid="a")), "d"))
    assert len(plan.changed) == 1
    import_take(plan.pending, take_changed=take)
    assert (OwnFlashcard.objects.get().back, Card.objects.get().memory) == (back, memory)


@pytest.mark.django_db
def test_an_import_can_be_taken_back_and_made_again(tmp_path: Path) -> None:
    user = member()
    data = apkg(tmp_path, note("A", "B", guid="a"))
    taken = import_take(import_read(user, data, "d"), take_changed=True)
    assert import_undo(member("other"), taken.uuid) == 0
    assert import_undo(user, taken.uuid) == 1
    assert not own_cards(user).exists()
    assert import_take(import_read(user, data, "d"), take_changed=True).made == 1
    assert own_cards(user).count() == OwnFlashcard.objects.count() == 1
    own_cards(user).update(deleted_at=database_now())
    again = import_take(import_read(user, data, "d"), take_changed=True)
    assert (again.made, import_undo(user, again.uuid)) == (1, 1)  # what came back goes again


@pytest.mark.django_db
def test_a_waiting_import_is_its_owners_and_the_next_one_replaces_it(tmp_path: Path) -> None:
    user, data = member(), apkg(tmp_path, note("A", "B", guid="a"))
    first, second = import_read(user, data, "one"), import_read(user, data, "two")
    assert PendingImport.objects.get() == second
    for who, which in ((member("other"), second), (user, first)):
        with pytest.raises(Http404):
            import_pending(who, which.uuid)


# Writing


def notes_in(data: bytes) -> dict[str, tuple[str, str]]:
    """(front and back, tags) by guid."""
    with zipfile.ZipFile(io.BytesIO(data)) as found, closing(sqlite3.connect(":memory:")) as database:
        assert json.loads(found.read("media")) == {}
        database.deserialize(found.read("collection.anki2"))
        return {guid: (fields, tags) for guid, fields, tags in database.execute("SELECT guid, flds, tags FROM notes")}


def test_names_stay_and_formulas_are_anki_s() -> None:
    assert guid_of("flashcard", "card-littles-law") == GUID
    assert guid_of("flashcard", "x") == guid_of("flashcard", "x") != guid_of("question", "x")
    assert html_for_anki("$L = a < b$ and `$x$`") == r"<p>\(L = a &lt; b\) and <code>$x$</code></p>"
    data = package([AnkiNote("g", "Deck", "<p>F</p>", "<p>B</p>", ("a b",))], datetime(2026, 1, 1, tzinfo=UTC))
    assert notes_in(data)["g"] == ("<p>F</p>\x1f<p>B</p>", " a-b ")


@pytest.mark.django_db
def test_a_deck_that_comes_back_is_recognised(tmp_path: Path) -> None:
    """Out to Anki and in again: the site's cards are left out, own ones are found by their names."""
    flashcards(2, front="Is $p^2$ **small**?")
    desk = Desk()
    import_take(import_read(desk.user, apkg(tmp_path, note("A", "B", guid="a")), "d"), take_changed=True)
    made = deck_of(desk.user, Wanted())
    assert made.count == 3
    plan = import_plan(import_read(desk.user, made.data, "back"))
    assert (len(plan.site), len(plan.same), len(plan.new), len(plan.changed)) == (2, 1, 0, 0)


@pytest.mark.django_db
def test_a_learner_takes_own_cards_and_missed_questions_alone() -> None:
    flashcards(1, tags=["queues"])
    desk = Desk()
    mine, _ = question("mine"), question("not-mine")
    Card.objects.create(user=desk.user, question=mine.question)
    OwnFlashcard.objects.create(owner=member("other"), deck="Secret", front="Whose?", back="Another's.")
    everything = notes_in(deck_of(desk.user, Wanted()).data)
    assert set(everything) == {guid_of("flashcard", "card-0"), guid_of("question", "mine")}
    front, back = everything[guid_of("question", "mine")][0].split("\x1f")
    assert "Stem of mine?" in front
    assert "Fails fast" in front
    assert "Right answer" not in front
    assert "Right answer" in back
    assert "<input" not in front
    assert deck_of(desk.user, Wanted(choice=Choice(tag="queues"))).count == 1
    assert deck_of(desk.user, Wanted(site=False, questions=False)).count == 0


@pytest.mark.django_db
def test_every_kind_that_can_be_is_a_card_and_the_others_are_counted() -> None:
    cheap = [kind for kind in DEFINITIONS if kind != "read-the-run"]  # its run would be computed for nothing
    for kind in cheap:
        question(kind, kind)
    made = deck_for_instructors(Flashcard.objects.none(), Question.objects.all())
    assert made.count + made.left_out == len(cheap)
    assert set(cheap) - {"essay", "lab-goal", "hot-spot"} == {
        kind for kind in cheap if guid_of("question", kind) in notes_in(made.data)
    }
    for fields, _ in notes_in(made.data).values():
        front, back = fields.split("\x1f")
        assert front.strip()
        assert back.strip()
        assert not any(tag in fields for tag in ("<input", "<select", "<button", "<svg", "{{", "{%"))


def test_hostile_text_is_read_in_one_look(tmp_path: Path) -> None:
    """Signs without their ends: a pattern that looks again for each of them would take minutes here."""
    hostile = ("{{c1::", "[$]", "[latex]", "[sound:", "{{#Front}}", "{{ ")
    data = apkg(tmp_path, *(note(sign * (19_000 // len(sign)), "B", guid=str(place)) for place, sign in enumerate(hostile)))
    started_s = time.process_time()
    read_deck(data)
    assert time.process_time() - started_s < 2.0


def test_a_deck_that_takes_too_long_is_refused(tmp_path: Path) -> None:
    seconds = iter(range(0, 1000, 15))
    with pytest.raises(AnkiUnreadable, match="in parts"):
        read_deck(apkg(tmp_path, *(note("A", "B", guid=str(number)) for number in range(5))), lambda: float(next(seconds)))
