"""Candidates by link: no account, one attempt, the report for instructors alone; data handed out and erased."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client

from accounts.models import User
from courses.instructors import grant_instructors
from quizzes.errors import StartRefused
from quizzes.invitations.errors import InvitingRefused
from quizzes.invitations.models import Candidate, Invitation
from quizzes.invitations.services.data import overdue_invitations
from quizzes.invitations.services.inviting import Link, Person, Terms, invitation_revoke, invite, link_renew, people_read
from quizzes.invitations.tasks import erase_overdue
from quizzes.models import Answer, Attempt, Quiz
from quizzes.services.answers import Sent, answers_save
from quizzes.services.start import attempt_start
from tests.quizzes.bank import SECRET, person, question, quiz, right_answer

pytestmark = pytest.mark.django_db
ADA = {"name": "Ada Example", "email": "ada@example.org"}


@pytest.fixture
def interview() -> Quiz:
    question("one")
    return quiz(invited_only=True, sections=[{"questions": ["one"]}], review={"marks": "never", "correctness": "never"})


def invited(of: Quiz, email: str = "", **terms: Any) -> Link:
    (link,) = invite(of, [Person("Ada", email) if email else Person()], Terms(days=7, **terms), by=None)
    return link


def url(link: Link, step: str = "") -> str:
    return f"/invitations/{link.token}/{step}"


def taken(link: Link, client: Client | None = None) -> Client:
    client = client or Client()
    assert client.post(url(link, "accept/"), ADA).status_code == 302
    assert client.post(url(link, "start/")).status_code == 302
    return client


@pytest.fixture
def instructor() -> Client:
    user = person("instructor")
    user.is_staff = True
    user.save()
    user.groups.add(grant_instructors())
    client = Client()
    client.force_login(user)
    return client


def test_a_candidate_without_an_account_takes_the_quiz(interview: Quiz) -> None:
    link = invited(interview)
    client = Client()
    page = client.get(url(link)).content.decode()
    assert "No account is needed" in page
    assert "Stem of one" not in page
    taken(link, client)
    attempt = Attempt.objects.get()
    assert "Stem of one" in client.get(f"/attempts/{attempt.uuid}/").content.decode()
    assert not attempt.user.has_usable_password()


def test_only_a_hash_of_the_link_is_kept(interview: Quiz) -> None:
    link = invited(interview)
    assert link.token not in str(Invitation.objects.values().get())


def test_a_quiz_by_invitation_is_not_there_for_others(interview: Quiz) -> None:
    client = Client()
    client.force_login(person())
    assert client.get("/quizzes/breakers/").status_code == 404
    assert client.post("/quizzes/breakers/start/").status_code == 404
    assert "Breakers" not in client.get("/quizzes/").content.decode()
    with pytest.raises(StartRefused, match="by invitation"):
        attempt_start(User.objects.get(), interview)  # whatever page asks


def test_one_link_is_one_person_and_one_attempt(interview: Quiz) -> None:
    link = invited(interview)
    client = taken(link)
    reply = Client().post(url(link, "accept/"), {"name": "Eve", "email": "eve@example.org"})
    assert reply.status_code == 422
    assert "another e-mail address" in reply.content.decode()
    client.post(f"/attempts/{Attempt.objects.get().uuid}/submit/")
    client.post(url(link, "start/"))
    assert (Candidate.objects.count(), Attempt.objects.count()) == (1, 1)


def test_the_same_address_resumes_from_another_computer(interview: Quiz) -> None:
    link = invited(interview)
    taken(link)
    other = Client()
    assert other.post(url(link, "accept/"), ADA | {"email": "ADA@example.org"}).status_code == 302
    attempt = Attempt.objects.get()
    assert f"/attempts/{attempt.uuid}/" in other.get(url(link)).content.decode()
    assert other.get(f"/attempts/{attempt.uuid}/").status_code == 200


def test_a_link_for_an_address_opens_for_that_address_alone(interview: Quiz) -> None:
    link = invited(interview, "ada@example.org")
    assert Client().post(url(link, "accept/"), ADA | {"email": "eve@example.org"}).status_code == 422
    taken(link)


def test_an_expired_or_withdrawn_link_begins_nothing_and_a_running_attempt_goes_on(interview: Quiz) -> None:
    unused, used, withdrawn = invited(interview), invited(interview), invited(interview)
    client = taken(used)
    Invitation.objects.update(expires_at=F("expires_at") - timedelta(days=8))
    Invitation.objects.filter(pk=withdrawn.invitation.pk).update(revoked_at=F("made_at"))
    for link, words in ((unused, "valid until"), (withdrawn, "taken back")):
        assert words in Client().get(url(link)).content.decode()
        assert Client().post(url(link, "accept/"), ADA).status_code == 422
    assert answers_save(Attempt.objects.get(), [Sent(1, 1, "1")]) == {"1:1": "kept"}
    assert "Resume" in client.get(url(used)).content.decode()


@pytest.mark.parametrize("token", ["x", "A" * 43, "A" * 44, "..%2f", "é" * 43])
def test_a_link_that_never_was_says_so(token: str) -> None:
    for step in ("", "data/"):
        assert Client().get(f"/invitations/{token}/{step}").status_code == 404
    assert Client().post(f"/invitations/{token}/accept/", ADA).status_code == 404


@pytest.mark.parametrize(
    "form", [{}, {"name": "", "email": "x"}, {"name": "x" * 200, "email": "a@b"}, {"name": "\x00", "email": "\x00"}]
)
def test_a_senseless_name_or_address_is_refused_in_words(interview: Quiz, form: dict[str, str]) -> None:
    assert Client().post(url(invited(interview), "accept/"), form).status_code == 422
    assert not User.objects.exists()


def test_extra_time_of_the_invitation_is_the_candidates(interview: Quiz) -> None:
    link = invited(interview, multiplier=1.5, minutes=1)
    assert "6 min" in Client().get(url(link)).content.decode()
    taken(link)
    assert Attempt.objects.get().extra_s == 360


def test_the_candidate_sees_no_marks_and_the_instructor_all(interview: Quiz, instructor: Client) -> None:
    link = invited(interview)
    client = taken(link)
    attempt = Attempt.objects.get()
    answers_save(attempt, [Sent(1, 1, right_answer(attempt, 1))])
    report = f"/admin/invitations/invitation/{link.invitation.pk}/report/"
    assert SECRET not in instructor.get(report).content.decode()  # nobody helps by accident
    assert client.get(url(link, "data/")).json()["attempt"]["questions"][0]["question"] is None  # a name can tell
    client.post(f"/attempts/{attempt.uuid}/submit/")
    assert client.get(url(link, "data/")).json()["attempt"]["score"] is None
    shown = instructor.get(report).content.decode()
    assert "Ada Example" in shown
    assert "100 %" in shown
    assert f"{SECRET} explanation" in shown
    data = instructor.get(f"/admin/invitations/invitation/{link.invitation.pk}/data/").json()
    assert (data["attempt"]["score"], data["attempt"]["questions"][0]["answers"][0]["words"]) == (1.0, "Fails fast")
    assert client.get(report).status_code in (302, 403)


def test_erasing_leaves_nothing_of_the_person(interview: Quiz, instructor: Client) -> None:
    link = invited(interview, "ada@example.org")
    taken(link)
    answers_save(Attempt.objects.get(), [Sent(1, 1, "1")])
    page = f"/admin/invitations/invitation/{link.invitation.pk}/erase/"
    instructor.post(page, {"sure": "yes"})
    assert Candidate.objects.exists()
    instructor.post(page, {"sure": "erase"})
    assert not (Candidate.objects.exists())
    assert not (Attempt.objects.exists())
    assert not (Answer.objects.exists())
    assert User.objects.filter(username__startswith="guest-").count() == 0
    left = Invitation.objects.get()
    assert (left.name, left.email, left.erased_at is not None) == ("", "", True)
    assert "has been erased" in Client().get(url(link)).content.decode()


def test_what_was_kept_long_enough_is_erased_by_itself(interview: Quiz) -> None:
    link, kept = invited(interview, keep_days=30), invited(interview, keep_days=90)
    for one in (link, kept):
        client = taken(one)
        client.post(f"/attempts/{Attempt.objects.get(user__candidate__invitation=one.invitation).uuid}/submit/")
    past = timedelta(days=40)
    Attempt.objects.update(
        started_at=F("started_at") - past, submitted_at=F("submitted_at") - past, due_at=None, deadline_at=None
    )
    assert [one.pk for one in overdue_invitations(10)] == [link.invitation.pk]
    assert erase_overdue() == 1
    assert [one.invitation_id for one in Candidate.objects.all()] == [kept.invitation.pk]


def test_many_are_invited_at_once_and_the_links_are_shown_once(interview: Quiz, instructor: Client) -> None:
    form = {
        "quiz": interview.pk, "people": "Ada Example <ada@example.org>\nbob@example.org\n\n", "days": 7,
        "multiplier": 1, "minutes": 0, "keep_days": 90, "message": "",
    }  # fmt: skip
    reply = instructor.post("/admin/invitations/invitation/add/", form)
    assert reply.content.decode().count("/invitations/") >= 2
    assert "no-store" in reply["Cache-Control"]
    assert list(Invitation.objects.order_by("email").values_list("email", flat=True)) == ["ada@example.org", "bob@example.org"]
    again = instructor.post("/admin/invitations/invitation/add/", form | {"people": "ADA@example.org"})
    assert "has an invitation to this quiz" in again.content.decode()
    for pk in Invitation.objects.values_list("pk", flat=True):
        assert instructor.get(f"/admin/invitations/invitation/{pk}/change/").status_code == 200
    assert "not opened yet" in instructor.get("/admin/invitations/invitation/").content.decode()


def test_a_renewed_link_ends_the_old_one_and_keeps_the_attempt(interview: Quiz, instructor: Client) -> None:
    link = invited(interview)
    taken(link)
    reply = instructor.post(f"/admin/invitations/invitation/{link.invitation.pk}/renew/")
    assert reply.status_code == 200
    assert Client().get(url(link)).status_code == 404
    assert Attempt.objects.count() == 1


def test_lines_that_are_no_people_are_named() -> None:
    with pytest.raises(InvitingRefused) as refused:
        people_read("Ada <ada@example.org>\nnobody\nADA@example.org")
    assert [problem[:7] for problem in refused.value.problems] == ["Line 2:", "ada@exa"]


def test_a_candidate_has_one_attempt_also_where_the_quiz_is_open_to_all() -> None:
    question("one")
    test = quiz(sections=[{"questions": ["one"]}], attempts_allowed=None)
    client = taken(invited(test))
    first = Attempt.objects.get()
    client.post(f"/attempts/{first.uuid}/submit/")
    reply = client.post("/quizzes/breakers/start/", follow=True)
    assert "by invitation: one attempt" in reply.content.decode()
    assert Attempt.objects.count() == 1
    waiting = Client()
    waiting.post(url(invited(test), "accept/"), ADA)
    waiting.post("/quizzes/breakers/start/")
    assert Attempt.objects.count() == 1


def test_after_a_quiz_by_invitation_nobody_is_offered_another_attempt(interview: Quiz) -> None:
    client = taken(invited(interview))
    attempt = Attempt.objects.get()
    client.post(f"/attempts/{attempt.uuid}/submit/")
    assert "Another attempt" not in client.get(f"/attempts/{attempt.uuid}/").content.decode()
    assert "/quizzes/breakers/start/" not in client.get("/quizzes/breakers/").content.decode()


def test_an_attempt_that_nobody_ends_is_not_kept_for_ever(interview: Quiz) -> None:
    Quiz.objects.update(time_limit_s=None)
    link = invited(interview, keep_days=30)
    taken(link)
    assert overdue_invitations(10) == []
    Invitation.objects.update(expires_at=F("expires_at") - timedelta(days=40))
    assert erase_overdue() == 1
    assert not Attempt.objects.exists()


@pytest.mark.parametrize("line", ["ann@example.org, bob@example.org", "Ann <ann@example.org>; Bob <bob@example.org>"])
def test_two_addresses_on_a_line_are_not_taken_for_one(line: str) -> None:
    with pytest.raises(InvitingRefused, match="not one e-mail address"):
        people_read(line)


def test_who_came_and_did_not_begin_in_time_begins_no_more(interview: Quiz) -> None:
    link, client = invited(interview), Client()
    client.post(url(link, "accept/"), ADA)
    Quiz.objects.update(published=False)
    assert "not published" in client.post(url(link, "start/"), follow=True).content.decode()
    Quiz.objects.update(published=True)
    Invitation.objects.update(expires_at=F("expires_at") - timedelta(days=8))
    assert "has expired" in client.post(url(link, "start/"), follow=True).content.decode()
    assert not Attempt.objects.exists()


def test_what_was_taken_up_is_not_taken_back_and_what_was_taken_back_is_not_renewed(interview: Quiz) -> None:
    used, unused = invited(interview), invited(interview)
    taken(used)
    assert not invitation_revoke(used.invitation)
    assert invitation_revoke(unused.invitation)
    unused.invitation.refresh_from_db()
    with pytest.raises(InvitingRefused, match="taken back"):
        link_renew(unused.invitation, 7)


def test_the_data_of_a_running_attempt_hold_no_question_that_is_not_open_yet(interview: Quiz) -> None:
    question("two")
    Quiz.objects.update(one_way=True, sections=[{"questions": ["one", "two"]}])
    link = invited(interview)
    data = taken(link).get(url(link, "data/")).json()
    assert [one["position"] for one in data["attempt"]["questions"]] == [1]


def test_who_tries_addresses_has_to_wait(interview: Quiz) -> None:
    link = invited(interview, "ada@example.org")
    tried = [Client().post(url(link, "accept/"), ADA | {"email": f"eve{n}@example.org"}).status_code for n in range(11)]
    assert tried == [422] * 10 + [429]
    assert Client().post(url(link, "accept/"), ADA).status_code == 429
    assert not Candidate.objects.exists()
