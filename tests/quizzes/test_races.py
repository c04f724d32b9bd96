"""The database holds the rules when two things happen at once."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, InternalError, connections, transaction

from quizzes.clock import database_now
from quizzes.errors import StartRefused
from quizzes.invitations.errors import InvitationRefused
from quizzes.invitations.models import Candidate, Invitation
from quizzes.invitations.services.accepting import invitation_accept
from quizzes.invitations.services.data import candidate_erase
from quizzes.invitations.services.inviting import Person, Terms, invite
from quizzes.models import Answer, Attempt, Grade, TimeGrant
from quizzes.services.answers import Sent, answers_save
from quizzes.services.extra_time import time_grant
from quizzes.services.finish import attempt_submit
from quizzes.services.start import attempt_start
from tests.quizzes.bank import FOUR, bank, let_time_pass, person, quiz, right_answer, started, values_of

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run all in threads that begin together; results or exceptions in order."""
    barrier = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(index: int) -> None:
        barrier.wait()
        try:
            results[index] = works[index]()
        except Exception as error:
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@contextmanager
def in_background(work: Callable[[], Any]) -> Iterator[list[Any]]:
    """Run in a thread that ends before the block's end returns."""
    results: list[Any] = []

    def run() -> None:
        try:
            results.append(work())
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    yield results
    thread.join(30)


def wait_until_somebody_waits_for_a_lock() -> None:
    for _ in range(2000):
        with connections["default"].cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            if cursor.fetchone()[0]:
                return
            cursor.execute("SELECT pg_sleep(0.005)")
    raise AssertionError("nobody waits for a lock")


def test_two_starts_at_once_give_one_attempt() -> None:
    bank()
    user, breakers = person(), quiz(sections=FOUR)
    results = at_once(*[lambda: attempt_start(user, breakers).pk for _ in range(6)])
    assert len(set(results)) == 1, results
    assert Attempt.objects.count() == 1
    assert Attempt.objects.get().questions.count() == 4


def test_the_limit_holds_when_starts_and_hand_ins_are_mixed() -> None:
    bank()
    user, breakers = person(), quiz(attempts_allowed=2)

    def take() -> None:
        attempt_submit(attempt_start(user, breakers))

    for _ in range(3):
        at_once(take, take, take)
    assert list(Attempt.objects.order_by("number").values_list("number", flat=True)) == [1, 2]
    with pytest.raises(StartRefused, match="All 2 attempts"):
        attempt_start(user, breakers)


def test_the_database_itself_refuses_an_attempt_too_many() -> None:
    attempt = started()
    twin = {"quiz": attempt.quiz, "user": attempt.user, "started_at": database_now()}
    with pytest.raises(IntegrityError, match="one_running_attempt_per_person"):
        Attempt.objects.create(number=2, attempt_limit=2, **twin)
    over = {"status": "submitted", "submitted_at": database_now()}
    with pytest.raises(IntegrityError, match="attempt_number_within_limit"):
        Attempt.objects.create(number=3, attempt_limit=2, **over, **twin)
    with pytest.raises(IntegrityError, match="attempt_ends_once"):
        Attempt.objects.create(number=2, status="submitted", **twin)


def test_answers_grades_and_versions_cannot_be_rewritten() -> None:
    attempt = started()
    answers_save(attempt, [Sent(1, 1, "1")])
    attempt_submit(attempt)
    version = attempt.questions.get(position=1).version
    for change in (
        lambda: Answer.objects.update(value="2"),
        lambda: Grade.objects.update(score=1.0),
        lambda: type(version).objects.update(stem="Another"),
        version.save,
    ):
        with pytest.raises((IntegrityError, InternalError), match="never changed"), transaction.atomic():
            change()


def held_open(work: Callable[[], Any], release: threading.Event, done: threading.Event) -> Callable[[], Any]:
    """`work` in a transaction that stays open, after the work is done, until released."""

    def run() -> Any:
        with transaction.atomic():
            result = work()
            done.set()
            assert release.wait(20)
        return result

    return run


def second_waits_for_first(first: Callable[[], Any], second: Callable[[], Any]) -> tuple[Any, Any]:
    """Run `first`, hold its transaction open until `second` is seen waiting for its lock, then let both end."""
    release, done = threading.Event(), threading.Event()
    with in_background(held_open(first, release, done)) as firsts:
        assert done.wait(20)
        with in_background(second) as seconds:
            try:
                wait_until_somebody_waits_for_a_lock()
            finally:
                release.set()
    return firsts[0], seconds[0]


def test_an_answer_that_meets_a_hand_in_under_way_is_refused() -> None:
    attempt = started()
    again = Attempt.objects.get()
    handed_in, fates = second_waits_for_first(lambda: attempt_submit(attempt), lambda: answers_save(again, [Sent(1, 1, "1")]))
    assert (handed_in, fates) == (True, {"1:1": "refused"})
    assert not Answer.objects.exists()


def test_a_hand_in_that_meets_an_answer_under_way_grades_it() -> None:
    attempt = started(sections=FOUR)
    again, value = Attempt.objects.get(), right_answer(attempt, 1)
    fates, handed_in = second_waits_for_first(lambda: answers_save(attempt, [Sent(1, 1, value)]), lambda: attempt_submit(again))
    assert (fates, handed_in) == ({"1:1": "kept"}, True)
    assert Attempt.objects.get().score == 0.25


def test_waiting_for_a_lock_past_the_deadline_wins_no_time() -> None:
    attempt = started()
    again = Attempt.objects.get()

    def deadline_passes() -> None:
        let_time_pass(attempt, 3600)

    _, fates = second_waits_for_first(deadline_passes, lambda: answers_save(again, [Sent(1, 1, "1")]))
    assert fates == {"1:1": "refused"}


def test_of_many_hand_ins_at_once_one_grades() -> None:
    attempt = started(sections=FOUR)
    results = at_once(*[lambda: attempt_submit(Attempt.objects.get(pk=attempt.pk)) for _ in range(5)])
    assert sorted(results) == [False, False, False, False, True]
    assert Grade.objects.count() == 4


def test_the_same_answer_sent_by_many_at_once_is_one_row() -> None:
    attempt = started()
    results = at_once(
        *[lambda: answers_save(Attempt.objects.get(pk=attempt.pk), [Sent(1, 1, "1"), Sent(2, 1, ["1"])]) for _ in range(6)]
    )
    assert all(fates == {"1:1": "kept", "2:1": "kept"} for fates in results), results
    assert values_of(attempt, 1) == ["1"]


def test_time_that_meets_a_hand_in_under_way_is_not_said_to_be_given() -> None:
    attempt = started(sections=FOUR)
    again = Attempt.objects.get()
    handed_in, given = second_waits_for_first(lambda: attempt_submit(attempt), lambda: time_grant([again], 5))
    assert (handed_in, given) == (True, [])
    assert not TimeGrant.objects.exists()


def test_an_invitation_that_is_erased_while_it_is_taken_up_keeps_nobody() -> None:
    bank()
    (link,) = invite(quiz(), [Person()], Terms(days=7), by=None)
    read = Invitation.objects.select_related("quiz").get()
    _, refused = second_waits_for_first(
        lambda: candidate_erase(link.invitation), lambda: caught(lambda: invitation_accept(read, "Ada", "ada@example.org"))
    )
    assert isinstance(refused, InvitationRefused)
    assert not Candidate.objects.exists()


def caught(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except InvitationRefused as error:
        return error
