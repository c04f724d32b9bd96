"""Extra time in the admin: who gets it is said before and after, and nobody gets it twice by a doubled click."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from accounts.models import User
from quizzes.models import Accommodation, Attempt, TimeGrant
from quizzes.services.finish import attempt_submit
from quizzes.services.start import attempt_start
from quizzes.services.time_grants import reach_of
from tests.quizzes.bank import let_time_pass, person, question, quiz

pytestmark = pytest.mark.django_db

GIVE = "/admin/quizzes/attempt/extra-time/"
LIST = "/admin/quizzes/accommodation/"


def said(reply: Any) -> str:
    return " ".join(str(message) for message in get_messages(reply.wsgi_request))


def three() -> tuple[Attempt, Attempt, Attempt]:
    """One that runs, one whose time is over, one handed in."""
    question("one")
    asked = quiz(sections=[{"questions": ["one"]}])
    runs, late, done = (attempt_start(person(name), asked) for name in ("runs", "late", "done"))
    let_time_pass(late, 700)
    attempt_submit(done)
    return runs, late, done


def test_first_the_page_says_who_would_get_it_then_the_result_who_did_not_and_why(instructor: Client) -> None:
    attempts = three()
    asked = {"attempt": [attempt.pk for attempt in attempts]}
    page = instructor.post(GIVE, asked)
    assert [attempt.user.username for attempt in page.context["reach"].getting] == ["runs"]
    assert [attempt.user.username for attempt, _ in page.context["reach"].left_out] == ["done", "late"]
    assert not TimeGrant.objects.exists()
    reply = instructor.post(GIVE, asked | {"step": "give", "minutes": "5", "reason": "Fire alarm", "seen": "0"})
    assert reply.status_code == 302
    assert "5 min more for runs, effective at once." in said(reply)
    assert "2 attempts got nothing: done (submitted at" in said(reply)
    assert "late (its time was over at" in said(reply)
    grant = TimeGrant.objects.get()
    assert (grant.attempt, grant.minutes, grant.reason, grant.by and grant.by.username) == (
        attempts[0], 5, "Fire alarm", "instructor",
    )  # fmt: skip
    attempts[0].refresh_from_db()
    assert attempts[0].extra_s == 300


def test_for_all_of_a_quiz_previews_and_other_quizzes_are_left_alone(instructor: Client) -> None:
    runs, *_ = three()
    attempt_start(person("teacher"), runs.quiz, preview=True)
    asked = {"quiz": runs.quiz_id, "scope": "all", "step": "give", "minutes": "5", "reason": "Alarm"}
    reply = instructor.post(GIVE, asked)
    assert reply["Location"] == f"/admin/quizzes/quiz/{runs.quiz_id}/live/"
    assert TimeGrant.objects.get().attempt == runs


def test_a_doubled_click_gives_once_and_says_so(instructor: Client) -> None:
    runs, *_ = three()
    asked = {"attempts": str(runs.pk), "step": "give", "minutes": "5", "reason": "Alarm", "seen": "0"}
    instructor.post(GIVE, asked)
    again = instructor.post(GIVE, asked)
    assert again.status_code == 422
    assert "You gave this already" in again.content.decode()
    assert TimeGrant.objects.count() == 1
    newest = str(reach_of(Attempt.objects.filter(pk=runs.pk)).newest)
    assert instructor.post(GIVE, asked | {"seen": newest}).status_code == 302
    assert TimeGrant.objects.count() == 2


@pytest.mark.parametrize("wrong", [{"minutes": "0"}, {"minutes": "1441"}, {"reason": " "}, {"minutes": "x"}])
def test_senseless_minutes_are_refused_beside_their_field(instructor: Client, wrong: dict[str, str]) -> None:
    runs, *_ = three()
    asked = {"attempt": runs.pk, "step": "give", "minutes": "5", "reason": "Alarm"}
    reply = instructor.post(GIVE, asked | wrong)
    assert reply.status_code == 422
    assert 'class="errorlist"' in reply.content.decode()
    assert not TimeGrant.objects.exists()


def test_it_takes_the_right_to_give_time(instructor: Client) -> None:
    runs, *_ = three()
    user = User.objects.get(username="instructor")
    user.user_permissions.remove(*user.user_permissions.filter(codename="add_timegrant"))
    assert instructor.post(GIVE, {"attempt": runs.pk}).status_code == 403
    assert "give_time" not in instructor.get("/admin/quizzes/attempt/").content.decode()
    assert instructor.get(GIVE).status_code == 405


def test_selected_attempts_of_the_list_lead_to_the_same_page(instructor: Client) -> None:
    runs, late, _ = three()
    reply = instructor.post("/admin/quizzes/attempt/", {"action": "give_time", "_selected_action": [runs.pk, late.pk]})
    assert sorted(reply.context["ids"].split(",")) == sorted([str(runs.pk), str(late.pk)])


def standing(**changes: Any) -> dict[str, Any]:
    return {"multiplier": "1.5", "minutes": "0", "note": ""} | changes


def test_an_accommodation_reaches_who_is_running_and_its_end_takes_nothing_back(instructor: Client) -> None:
    runs, *_ = three()
    reply = instructor.post(f"{LIST}add/", standing(user=runs.user_id, quiz=runs.quiz_id))
    assert "1 running attempt is longer at once." in said(reply)
    assert "10 min + 5 min extra" in instructor.get(LIST).content.decode()
    row = Accommodation.objects.get()
    assert "Running attempts keep the extra time" in instructor.get(f"{LIST}{row.pk}/delete/").content.decode()
    instructor.post(f"{LIST}{row.pk}/delete/", {"post": "yes"})
    runs.refresh_from_db()
    assert (runs.extra_s, Accommodation.objects.count()) == (300, 0)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"multiplier": "1"}, "This gives no extra time"),
        ({"multiplier": "6"}, "less than or equal to 5"),
        ({"multiplier": "nan"}, "Enter a number"),
        ({"minutes": "1441"}, "less than or equal to 1440"),
        ({"user": "a\x00b"}, "Null characters are not allowed"),
        ({"quiz": "[1]"}, "Select a valid choice"),
    ],
)
def test_an_accommodation_without_sense_is_refused_in_words(instructor: Client, wrong: dict[str, str], words: str) -> None:
    reply = instructor.post(f"{LIST}add/", standing(user=person("ada").pk) | wrong)
    assert words in reply.content.decode()
    assert not Accommodation.objects.exists()


def test_one_row_a_person_and_quiz(instructor: Client) -> None:
    ada = person("ada")
    Accommodation.objects.create(user=ada, multiplier=1.25)
    reply = instructor.post(f"{LIST}add/", standing(user=ada.pk))
    assert "ada has an accommodation at every quiz already: change that one." in reply.content.decode()
    assert Accommodation.objects.count() == 1


def test_people_are_found_by_name_without_the_right_to_see_accounts(instructor: Client) -> None:
    person("ada")
    asked = {"app_label": "quizzes", "model_name": "accommodation", "field_name": "user", "term": "ad"}
    reply = instructor.get(f"{LIST}people/", asked)
    assert [found["text"] for found in reply.json()["results"]] == ["ada · ada@example.org"]
    assert instructor.get(f"{LIST}people/", asked | {"field_name": "quiz"}).status_code == 403
    assert instructor.get("/admin/accounts/user/").status_code == 403
