"""The review page and its script's requests, as a browser sends them."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from quizzes.models import Question, QuestionVersion, Quiz
from quizzes.reviews.models import Card, Flashcard, ReviewLog, ReviewSettings
from quizzes.services.bank import Content, question_save
from quizzes.services.start import attempt_start
from tests.quizzes.bank import DEFINITIONS, SECRET, question, quiz
from tests.quizzes.reviews.desk import Desk, flashcards, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client) -> Desk:
    flashcards(2, front="Is $p^2$ **small**?")
    made = Desk()
    client.force_login(made.user)
    return made


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(f"/review/{path}", json.dumps(body), content_type="application/json")


def rating(card: Any, **more: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "card": card["id"], "revision": card["revision"], "rating": 3} | more


def state(client: Client, query: str = "") -> dict[str, Any]:
    page = client.get(f"/review/{query}").content.decode()
    found: dict[str, Any] = json.loads(page.split('type="application/json">')[1].split("</script>")[0])
    return found


def missed_question(desk: Desk, kind: str = "single-choice") -> QuestionVersion:
    version = question("missed", kind)
    Flashcard.objects.all().delete()
    Card.objects.create(user=desk.user, question=version.question)
    return version


def test_a_missed_text_with_blanks_is_asked_with_its_blanks(client: Client, desk: Desk) -> None:
    missed_question(desk, "cloze")
    html = state(client)["cards"][0]["html"]
    assert html.count('data-field="') == 3
    assert "[[" not in html


def test_a_visitor_reads_what_reviews_are_and_may_sign_in(client: Client) -> None:
    page = client.get("/review/")
    assert page.status_code == 200
    assert "/accounts/login/?next=/review/" in page.content.decode()
    assert post(client, "ratings/").status_code == 401
    assert post(client, "ratings/").json()["login_url"] == "/accounts/login/?next=%2Freview%2F"


def test_the_page_holds_the_next_cards_with_their_intervals(client: Client, desk: Desk) -> None:
    first = state(client)["cards"][0]
    assert "<strong>small</strong>" in first["html"]
    assert "<math>" in first["html"]
    assert 'aria-label="Good: again in 10 minutes"' in first["html"]
    assert state(client)["counts"] == {"learning": 0, "due": 0, "new": 2, "done": 0}


def test_ratings_come_back_with_their_fates_and_the_next_cards(client: Client, desk: Desk) -> None:
    first, second = state(client)["cards"]
    sent = [rating(first, rating=4, duration_ms=1200), rating(second, revision=7)]
    reply = post(client, "ratings/", ratings=sent, zone="Europe/Berlin").json()
    assert reply["fates"] == {sent[0]["id"]: "kept", sent[1]["id"]: "stale"}
    assert [card["id"] for card in reply["queue"]["cards"]] == [second["id"]]
    assert reply["queue"]["last"] == sent[0]["id"]
    assert ReviewLog.objects.get().duration_ms == 1200
    assert ReviewSettings.objects.get().time_zone == "UTC"  # chosen by the person


def test_ratings_of_another_account_s_page_are_neither_kept_nor_lost(client: Client, desk: Desk) -> None:
    """Somebody else has signed in in another tab. An answer “gone” would make the page forget the ratings."""
    sent, whose = rating(state(client)["cards"][0]), str(desk.user.pk)
    client.force_login(member("other"))
    reply = post(client, "ratings/", ratings=[sent], user=whose)
    assert (reply.status_code, "Somebody else" in reply.json()["message"]) == (401, True)
    client.force_login(desk.user)
    assert post(client, "ratings/", ratings=[sent], user=whose).json()["fates"] == {sent["id"]: "kept"}


def test_undo_brings_the_card_back(client: Client, desk: Desk) -> None:
    first = state(client)["cards"][0]
    sent = rating(first)
    post(client, "ratings/", ratings=[sent])
    reply = post(client, "undo/", id=str(uuid4()), rating=sent["id"]).json()
    assert (reply["fate"], reply["card"]["id"], reply["card"]["revision"]) == ("kept", first["id"], 2)
    assert post(client, "undo/", id=str(uuid4()), rating=str(uuid4())).json()["fate"] == "gone"


def test_a_question_keeps_its_key_until_it_is_answered(client: Client, desk: Desk) -> None:
    missed_question(desk)
    page = client.get("/review/").content.decode()
    assert "Stem of missed?" in page
    assert SECRET not in page
    (card,) = state(client)["cards"]
    given = {"revision": 0, "version": card["version"]}
    assert post(client, f"{card['id']}/answer/", **given, value=None).status_code == 422
    assert post(client, f"{card['id']}/answer/", **given, value="9").status_code == 422
    replies = [post(client, f"{card['id']}/answer/", **given, value=key).json() for key in "123"]
    assert sorted((reply["score"], reply["proposed"]) for reply in replies) == [(0.0, 1), (0.0, 1), (1.0, 3)]
    assert all("Right answer" in reply["html"] or "Your answer: right" in reply["html"] for reply in replies)
    unknown = post(client, f"{card['id']}/answer/", **given, give_up=True).json()
    assert (unknown["proposed"], SECRET in unknown["html"]) == (1, True)
    assert not ReviewLog.objects.exists()


def test_an_answer_to_a_question_that_was_corrected_meanwhile_is_not_graded_by_the_old_key(client: Client, desk: Desk) -> None:
    version = missed_question(desk)
    (card,) = state(client)["cards"]
    options: list[dict[str, Any]] = [dict(option) for option in DEFINITIONS["single-choice"]["options"]]
    turned = {"options": [option | {"correct": option["id"] == "wrong-one"} for option in options]}
    question_save(version.question, Content(kind="single-choice", stem="Turned?", definition=turned))
    reply = post(client, f"{card['id']}/answer/", revision=0, version=1, value="1")
    assert (reply.status_code, "corrected" in reply.json()["message"]) == (409, True)
    (card,) = state(client)["cards"]
    assert "Turned?" in card["html"]
    new = [post(client, f"{card['id']}/answer/", revision=0, version=2, value=key).json()["score"] for key in "123"]
    assert sorted(new) == [0.0, 0.0, 1.0]
    assert post(client, f"{card['id']}/answer/", revision=0, version=9, value="1").status_code == 409
    assert post(client, f"{card['id']}/answer/", revision=4, version=2, value="1").status_code == 409


def test_skipped_and_put_away_cards_leave_the_queue_and_come_back(client: Client, desk: Desk) -> None:
    first, second = state(client)["cards"]
    for way in ("bury", "suspend"):
        reply = post(client, f"{first['id']}/{way}/", on=True).json()
        assert [card["id"] for card in reply["queue"]["cards"]] == [second["id"]]
        assert post(client, f"{first['id']}/{way}/", on=False).json()["card"]["id"] == first["id"]
        assert len(state(client)["cards"]) == 2
    client.force_login(member("other"))
    assert post(client, f"{first['id']}/suspend/", on=True).status_code == 404


def test_what_comes_next_is_said_in_words(client: Client, desk: Desk) -> None:
    sent = [rating(card, rating=4) for card in state(client)["cards"]]
    done = post(client, "ratings/", ratings=sent).json()["queue"]
    assert done["cards"] == []
    assert "Done for today" in done["done_html"]
    assert "days" in done["done_html"]
    assert "2 ratings given" in done["done_html"]


def test_a_request_that_the_page_never_sends_is_refused_in_words(client: Client, desk: Desk) -> None:
    bodies: list[dict[str, Any]] = [{"ratings": [{"id": "x"}]}, {"ratings": {}}, {"nothing": 1}, {"choice": {"tag": 5}}]
    for body in bodies:
        reply = post(client, "ratings/", **body)
        assert (reply.status_code, bool(reply.json()["message"])) == (400, True)
    assert client.post("/review/ratings/", b"\xff", content_type="application/json").status_code == 400


def test_the_home_page_knows_of_cards_before_the_reviews_were_ever_opened(client: Client) -> None:
    user = member()
    client.force_login(user)
    assert "Nothing to review yet" in client.get("/").content.decode()
    flashcards(2)
    assert "2 cards to go" in client.get("/").content.decode()


def test_the_nav_and_the_home_page_say_how_many_wait(client: Client, desk: Desk) -> None:
    assert "nav-count" not in client.get("/quizzes/").content.decode()
    home = client.get("/").content.decode()
    assert "2 cards to go" in home
    post(client, "ratings/", ratings=[rating(card, rating=4) for card in state(client)["cards"]])
    Card.objects.update(due=desk.at)
    assert (
        '<span class="nav-count num"><span class="visually-hidden">, due: </span>2</span>' in client.get("/").content.decode()
    )
    client.logout()
    visitors = client.get("/").content.decode()
    assert "home-review" not in visitors
    assert "nav-count" not in visitors


# What a card must not tell


def test_a_card_tells_no_key_while_its_question_stands_in_a_running_attempt(client: Client, desk: Desk) -> None:
    """The card's name is known from before the attempt: asking for the answer there would be looking it up."""
    version = missed_question(desk)
    (card,) = state(client)["cards"]
    quiz(sections=[{"questions": [version.question.slug]}])
    attempt_start(desk.user, Quiz.objects.get())
    reply = post(client, f"{card['id']}/answer/", revision=0, version=1, give_up=True)
    assert reply.status_code == 409
    assert "attempt" in reply.json()["message"]
    assert SECRET not in reply.content.decode()


@pytest.mark.parametrize("change", [{"retired": True}, {"current": None}])
def test_a_question_that_is_no_longer_asked_is_not_graded(client: Client, desk: Desk, change: dict[str, Any]) -> None:
    missed_question(desk)
    (card,) = state(client)["cards"]
    Question.objects.update(**change)
    reply = post(client, f"{card['id']}/answer/", revision=0, version=1, give_up=True)
    assert (reply.status_code, SECRET in reply.content.decode()) == (409, False)
