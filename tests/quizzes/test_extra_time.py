"""Extra time: base + extra, from the start or at once in a running attempt, and never a way back into one that is over."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from quizzes.clock import database_now
from quizzes.errors import ExtraTimeRefused
from quizzes.models import Accommodation, Attempt, TimeGrant
from quizzes.services.answers import Sent, answers_save
from quizzes.services.extra_time import accommodation_save, time_grant
from quizzes.services.finish import attempt_submit
from quizzes.services.review import attempt_shows
from quizzes.services.sections import section_open
from quizzes.services.start import attempt_start
from tests.quizzes.bank import let_time_pass, person, question, quiz, started

pytestmark = pytest.mark.django_db


def limit_s(attempt: Attempt) -> float:
    attempt.refresh_from_db()
    assert attempt.due_at is not None
    return (attempt.due_at - attempt.started_at).total_seconds()


def test_the_row_for_the_quiz_goes_before_the_row_for_all() -> None:
    question("one")
    user, test = person(), quiz(sections=[{"questions": ["one"]}])
    Accommodation.objects.create(user=user, multiplier=2.0)
    Accommodation.objects.create(user=user, quiz=test, multiplier=1.25, minutes=3)
    attempt = attempt_start(user, test)
    assert (attempt.base_limit_s, attempt.extra_s, limit_s(attempt)) == (600, 330, 930)


def test_the_closing_time_moves_by_the_same_extra() -> None:
    question("one")
    user = person()
    test = quiz(sections=[{"questions": ["one"]}])
    plain = attempt_start(person("other"), test)
    test.closes_at = plain.started_at + timedelta(seconds=300)
    test.save()
    Accommodation.objects.create(user=user, multiplier=1.5)
    attempt = attempt_start(user, test)
    assert attempt.due_at == test.closes_at + timedelta(seconds=300)


def test_a_running_attempt_is_longer_at_once_and_its_page_says_base_and_extra() -> None:
    attempt = started()
    assert accommodation_save(Accommodation(user=attempt.user, multiplier=1.5)) == 1
    assert limit_s(attempt) == 900
    client = Client()
    client.force_login(attempt.user)
    state = client.get(f"/attempts/{attempt.uuid}/state/").json()["state"]
    assert (state["base_ms"], state["extra_ms"]) == (600_000, 300_000)


def test_less_time_never_shortens_a_running_attempt() -> None:
    attempt = started()
    row = Accommodation(user=attempt.user, multiplier=1.5)
    accommodation_save(row)
    row.multiplier = 1.0
    assert accommodation_save(row) == 0
    assert limit_s(attempt) == 900


def test_minutes_for_all_reach_who_is_running_and_keep_their_row() -> None:
    attempt = started()
    over = attempt_start(person("late"), attempt.quiz)
    let_time_pass(over, 700)
    assert time_grant([attempt, over], 5, reason="Fire alarm") == [attempt]
    assert (limit_s(attempt), limit_s(over)) == (900, 600)
    assert [(grant.attempt_id, grant.minutes, grant.reason) for grant in TimeGrant.objects.all()] == [
        (attempt.pk, 5, "Fire alarm")
    ]
    assert answers_save(over, [Sent(1, 1, "1")]) == {"1:1": "refused"}


def test_what_was_granted_stays_when_an_accommodation_comes_later() -> None:
    attempt = started()
    time_grant([attempt], 5)
    accommodation_save(Accommodation(user=attempt.user, minutes=10))
    assert limit_s(attempt) == 600 + 300 + 600


def test_in_an_interview_the_open_part_gets_the_minutes_and_each_part_its_share() -> None:
    question("one"), question("two")
    user = person()
    Accommodation.objects.create(user=user, multiplier=2.0, minutes=3)
    parts = [{"questions": ["one"], "time_limit_s": 60}, {"questions": ["two"], "time_limit_s": 120}]
    attempt = attempt_start(user, quiz(mode="interview", sections=parts, time_limit_s=None))
    section_open(attempt, 1)
    time_grant([attempt], 2)
    first, second = attempt.sections.all()
    assert (first.extra_s, second.extra_s) == (60 + 60 + 120, 120 + 120)
    assert first.opened_at
    assert first.due_at == first.opened_at + timedelta(seconds=60 + first.extra_s)


@pytest.mark.parametrize("minutes", [0, -5, 1441])
def test_senseless_minutes_are_refused_in_words(minutes: int) -> None:
    attempt = started()
    with pytest.raises(ExtraTimeRefused, match="from 1 to"):
        time_grant([attempt], minutes)
    assert limit_s(attempt) == 600


def two_parts(**more: Any) -> Attempt:
    return two_parts_of(person(), **more)


def two_parts_of(user: User, **more: Any) -> Attempt:
    question("one"), question("two")
    parts = [{"questions": ["one"], "time_limit_s": 60}, {"questions": ["two"], "time_limit_s": 120}]
    rules: dict[str, Any] = {"mode": "interview", "sections": parts, "time_limit_s": None} | more
    return attempt_start(user, quiz("parts", **rules))


def part_s(attempt: Attempt, position: int) -> float:
    """How long a part lasts."""
    part = attempt.sections.get(position=position)
    assert part.opened_at
    assert part.due_at
    assert part.deadline_at == part.due_at + timedelta(seconds=10)
    return (part.due_at - part.opened_at).total_seconds()


def test_an_accommodation_that_comes_later_adds_to_what_the_open_part_was_granted() -> None:
    attempt = two_parts()
    section_open(attempt, 1)
    time_grant([attempt], 2)
    assert accommodation_save(Accommodation(user=attempt.user, multiplier=1.5)) == 1
    assert part_s(attempt, 1) == 60 + 120 + 30
    section_open(attempt, 2)
    assert part_s(attempt, 2) == 120 + 60


def test_a_part_that_ends_with_the_quiz_ends_later_with_it() -> None:
    attempt = two_parts(time_limit_s=600, sections=[{"questions": ["one"]}, {"questions": ["two"], "time_limit_s": 300}])
    section_open(attempt, 1)
    let_time_pass(attempt, 500)
    accommodation_save(row := Accommodation(user=attempt.user, multiplier=1.5))
    assert part_s(attempt, 1) == pytest.approx(900, abs=5)
    attempt.refresh_from_db()
    section_open(attempt, 2)
    assert part_s(attempt, 2) == pytest.approx(400, abs=5)  # not its own 450: the quiz ends before
    row.multiplier = 2.0
    accommodation_save(row)
    assert part_s(attempt, 2) == 600


def test_a_part_past_its_time_gets_nothing_and_no_grant_is_told_of() -> None:
    attempt = two_parts()
    section_open(attempt, 1)
    let_time_pass(attempt, 75)
    assert time_grant([attempt], 5) == []
    assert accommodation_save(Accommodation(user=attempt.user, minutes=3)) == 1  # the second part and the whole
    assert not TimeGrant.objects.exists()
    assert answers_save(attempt, [Sent(1, 1, "1")]) == {"1:1": "refused"}
    assert list(attempt.sections.values_list("extra_s", flat=True)) == [0, 120]


def test_what_is_over_stays_over_whatever_its_person_gets() -> None:
    attempt = started()
    let_time_pass(attempt, 615)  # and nobody has noticed yet
    assert accommodation_save(Accommodation(user=attempt.user, multiplier=3.0)) == 0
    assert limit_s(attempt) == 600
    parts = two_parts_of(person("second"))
    section_open(parts, 1)
    section_open(parts, 2)
    time_grant([parts], 5)
    assert list(parts.sections.values_list("extra_s", flat=True)) == [0, 300]


def test_the_key_waits_for_those_who_still_write_with_extra_time() -> None:
    question("one")
    test = quiz(
        sections=[{"questions": ["one"]}], review={"right_answer": "closed"}, closes_at=database_now() + timedelta(seconds=60)
    )
    slow, quick = person("slow"), person("quick")
    Accommodation.objects.create(user=slow, minutes=30)
    writing, done = attempt_start(slow, test), attempt_start(quick, test)
    attempt_submit(done)
    test.closes_at = database_now() - timedelta(seconds=1)
    test.save()
    assert not attempt_shows(Attempt.objects.get(pk=done.pk)).right_answer
    attempt_submit(writing)
    assert attempt_shows(Attempt.objects.get(pk=done.pk)).right_answer
