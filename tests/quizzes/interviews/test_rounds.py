"""The round's clock and its stages: what opens when, what a second window or a late look cannot do."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from quizzes.interviews.content import STAGES
from quizzes.interviews.errors import RoundRefused, SavingRefused
from quizzes.interviews.models import Note, Prompt, Round
from quizzes.interviews.services.advance import next_at, round_now, rounds_behind
from quizzes.interviews.services.panel import stages_seen
from quizzes.interviews.services.rounds import (
    answers_open,
    round_delete,
    round_restore,
    round_start,
    round_stop,
    rounds_purge,
    stage_end,
)
from quizzes.interviews.tasks import look_after_rounds
from tests.quizzes.interviews.prompts import MINUTES, finished, let_time_pass, person, prompt, started, texts_of, through, write

pytestmark = pytest.mark.django_db
STAGE_S, GRACE_S = MINUTES * 60, 60


def open_stage(round_: Round) -> str:
    stage = round_now(round_).stage
    return stage.stage if stage else ""


def test_a_round_keeps_the_prompt_that_it_began_with() -> None:
    round_ = started()
    Prompt.objects.update(brief="Another brief.")
    again = Round.objects.get(pk=round_.pk)
    assert again.told.brief == "Build a **counter**."
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Round.objects.filter(pk=round_.pk).update(level="senior")


def test_one_round_at_a_time_and_a_second_start_gives_the_same_one() -> None:
    round_ = started()
    assert round_start(round_.user, round_.prompt, "staff") == round_
    with pytest.raises(RoundRefused, match="in the middle of “A counter that must not lie”"):
        round_start(round_.user, prompt("another"), "staff")
    with pytest.raises(IntegrityError), transaction.atomic():
        Round.objects.create(user=round_.user, prompt=round_.prompt, content={}, level="staff", started_at=round_.started_at)


def test_a_round_does_not_begin_where_the_lab_is_gone_or_no_level_was_chosen() -> None:
    found, user = prompt(), person("candidate")
    with pytest.raises(RoundRefused, match="Choose the level"):
        round_start(user, found, "intern")
    Prompt.objects.update(lab={"slug": "no-such-lab", "why": "Nothing."})
    with pytest.raises(RoundRefused, match="there is no lab “no-such-lab”"):
        round_start(user, Prompt.objects.get(), "staff")
    assert not Round.objects.exists()


def test_a_stage_ends_early_once_however_often_it_is_asked_for() -> None:
    round_ = started()
    stage_end(round_, "requirements")
    assert stage_end(round_, "requirements").stage.stage == "sizing"  # type: ignore[union-attr]
    assert round_.stages.count() == 2


def test_past_its_grace_a_stage_gives_way_at_the_moment_it_was_due() -> None:
    round_ = started()
    let_time_pass(round_, STAGE_S + 1)
    assert open_stage(round_) == "requirements"
    let_time_pass(round_, GRACE_S)
    now = round_now(round_)
    first, second = now.stages
    assert (first.closed_at, first.closed_by) == (first.deadline_at, "clock")
    assert (second.stage, second.opened_at) == ("sizing", first.deadline_at)


def test_a_round_that_nobody_looks_at_ends_when_its_last_grace_is_over() -> None:
    round_ = started()
    let_time_pass(round_, 24 * 3600)
    look_after_rounds()
    round_.refresh_from_db()
    assert (round_.status, round_.ended_by) == ("finished", "clock")
    assert round_.stages.count() == len(STAGES)
    assert round_.ended_at == round_.started_at + timedelta(seconds=len(STAGES) * (STAGE_S + GRACE_S))


def test_only_rounds_that_time_may_have_moved_are_looked_after() -> None:
    round_ = started()
    assert list(rounds_behind(10)) == []
    through(round_, "deep-dive")
    assert list(rounds_behind(10)) == [round_]  # the change may come at any moment
    let_time_pass(round_, 31)
    look_after_rounds()
    round_.refresh_from_db()
    assert round_.change_opened_at is not None
    assert list(rounds_behind(10)) == []
    let_time_pass(round_, STAGE_S + GRACE_S)
    assert list(rounds_behind(10)) == [round_]


def test_follow_ups_come_in_their_time_and_not_at_all_when_the_stage_ended_before() -> None:
    round_ = started()
    stage_end(round_, "requirements")
    let_time_pass(round_, 61)
    first, second, third = stages_seen(round_now(round_))[:3]
    assert [each.id for each in first.follow_ups] == ["requirements-now"]
    assert [each.id for each in second.follow_ups] == ["sizing-now", "sizing-later"]
    assert (third.state, third.ask, third.follow_ups) == ("ahead", "", ())


def test_the_page_is_told_when_to_ask_again_and_not_what_for() -> None:
    round_ = started()
    now = round_now(round_)
    assert next_at(now) == now.stages[0].opened_at + timedelta(seconds=60)
    let_time_pass(round_, 61)
    now = round_now(round_)
    assert next_at(now) == now.stages[0].deadline_at


def test_the_change_comes_in_its_time_and_once() -> None:
    round_ = started()
    through(round_, "deep-dive")
    assert round_now(round_).round.change_opened_at is None
    let_time_pass(round_, 31)
    now = round_now(round_)
    assert now.round.change_opened_at == now.stages[-1].opened_at + timedelta(seconds=30)
    stage_end(round_, "deep-dive")
    assert round_now(round_).round.change_opened_at == now.round.change_opened_at


def test_who_ends_the_stage_before_meets_the_change_at_the_next() -> None:
    round_ = started()
    through(round_, "wrap-up")
    now = round_now(round_)
    assert now.round.change_opened_at == now.stages[-1].opened_at
    assert [stage.name for stage in stages_seen(now) if stage.change] == ["wrap-up"]


def test_a_round_that_ends_before_the_change_has_none() -> None:
    round_ = started()
    through(round_, "deep-dive")
    round_stop(round_)
    let_time_pass(round_, 3600)
    assert round_now(round_).round.change_opened_at is None


def test_notes_of_opened_stages_stay_open_and_every_state_is_kept() -> None:
    round_ = started()
    assert write(round_, "requirements", "first") == "kept"
    stage_end(round_, "requirements")
    assert write(round_, "requirements", "second thought", seq=2) == "kept"
    assert write(round_, "requirements", "second thought", seq=2) == "kept"
    assert write(round_, "requirements", "another window", seq=2) == "conflict"
    assert texts_of(round_, "requirements") == ["first", "second thought"]
    assert Note.objects.get(client_seq=2).stage == "sizing"
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Note.objects.update(text="rewritten")


def test_notes_of_a_stage_ahead_are_refused_and_so_is_what_is_no_text() -> None:
    round_ = started()
    for pad, text in (
        ("sizing", "too soon"),
        ("nowhere", "x"),
        ("requirements", 7),
        ("requirements", "a\x00b"),
        ("diagram", "\ud800"),
    ):
        with pytest.raises(SavingRefused):
            write(round_, pad, text)  # type: ignore[arg-type]
    assert not Note.objects.exists()


def test_a_round_that_is_over_takes_no_more() -> None:
    round_ = started()
    let_time_pass(round_, 24 * 3600)
    assert write(round_, "requirements", "too late") == "refused"
    assert not Note.objects.exists()


def test_giving_up_ends_the_round_and_opens_the_answers() -> None:
    round_ = started()
    with pytest.raises(RoundRefused):
        answers_open(round_)
    over = round_stop(round_, give_up=True)
    assert (over.status, over.ended_by) == ("abandoned", "candidate")
    assert round_stop(round_).status == "abandoned"


def test_a_round_put_away_comes_back_for_a_day_and_is_gone_then() -> None:
    running = started()
    with pytest.raises(RoundRefused):
        round_delete(running)
    round_ = finished("another", slug="another")
    assert round_delete(round_)
    assert rounds_purge(10) == 0
    assert round_restore(round_)
    assert round_delete(round_)
    Round.objects.filter(pk=round_.pk).update(deleted_at=round_.started_at - timedelta(days=2))
    assert rounds_purge(10) == 1
    assert list(Round.objects.all()) == [running]
