"""Scoring with quoted evidence: what is taken, what is final, who sees what of whom; results and agreement by hand."""

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from courses.instructors import grant_instructors
from quizzes.interviews.agreement import agreement, weighted_kappa
from quizzes.interviews.content import PromptContent
from quizzes.interviews.errors import RoundRefused, SavingRefused
from quizzes.interviews.models import Prompt, ScoredItem, Scoring
from quizzes.interviews.quotes import stands_in
from quizzes.interviews.results import result_of
from quizzes.interviews.services.autosave import Sent
from quizzes.interviews.services.listing import past_rounds, trends
from quizzes.interviews.services.report import round_report
from quizzes.interviews.services.rounds import answers_are_open, answers_open, round_start, round_stop
from quizzes.interviews.services.scoring import items_save, scoring_begin, scoring_finish, scoring_gaps
from quizzes.interviews.services.sharing import may_score, round_offer, round_share, rounds_to_score, shared_round
from tests.quizzes.interviews.prompts import content, finished, item, person, rubric, scored, started

ALL_STRONG = {f"{kind}-{number}": 2 for kind in ("strong", "green") for number in (1, 2, 3)}


# Pure reckoning


def test_a_level_counts_its_own_items_by_weight_less_what_was_fallen_into() -> None:
    told = PromptContent.model_validate(content())
    assert result_of(told, "senior", ALL_STRONG).share == 1.0
    # staff: strong and green weigh 2 + 1 + 1 each, 8 in all; a trap of weight 2 in full, another of 1 in part
    points = {"strong-1": 2, "strong-2": 1, "trap-1": 1, "green-3": 2}
    assert result_of(told, "staff", points).share == pytest.approx((2 + 0.5 - 1 + 1) / 8)
    # senior: the first of each kind alone, 4 in all
    assert result_of(told, "staff", points).by_level["senior"] == pytest.approx((2 - 1) / 4)
    assert result_of(told, "staff", {"trap-1": 2, "red-1": 2}).share == 0.0


def test_a_result_is_also_told_by_kind_and_stage() -> None:
    told = PromptContent.model_validate(content())
    result = result_of(told, "staff", {"strong-1": 2, "trap-1": 1})
    assert {tally.name: tally.reached for tally in result.by_kind} == {"strong": 2.0, "trap": 1.0, "red": 0.0, "green": 0.0}
    first = result.by_stage[0]
    assert (first.shown.reached, first.shown.possible, first.fallen.reached) == (2.0, 4.0, 1.0)


def test_weighted_kappa_as_worked_by_hand() -> None:
    mine = {"a": 0, "b": 1, "c": 2, "d": 2}
    theirs = {"a": 0, "b": 2, "c": 2, "d": 0}
    # points apart: 0 + 1 + 0 + 2 = 3. By chance, mine (one 0, one 1, two 2) against theirs (two 0, two 2), over 4 items:
    # (0*2 + 2*2 for the 0; 1*2 + 1*2 for the 1; twice 2*2 + 0*2 for the 2) / 4 = (4 + 4 + 8) / 4 = 4
    found = agreement(mine, theirs)
    assert (found.items, found.same, found.kappa) == (4, 2, 0.25)
    assert agreement(mine, mine).kappa == 1.0
    assert agreement({"a": 1}, {"a": 1}).kappa is None
    assert agreement({}, {}).kappa is None


def test_weighted_kappa_of_a_published_table() -> None:
    """Hout, Duncan and Sobel (1987), 91 couples on one question with four grades; R's package vcd (SexualFun) gives 0.2374."""
    couples = [[7, 7, 2, 3], [2, 8, 3, 7], [1, 5, 4, 9], [2, 8, 9, 14]]
    assert weighted_kappa(couples) == pytest.approx(0.2374, abs=5e-5)


def test_a_quotation_may_go_over_lines_and_is_word_for_word() -> None:
    notes = ["Peak, not mean:\n  2000 orders a second"]
    assert stands_in("not mean: 2000  orders", notes)
    assert not stands_in("peak, not mean", notes)
    assert not stands_in("  ", notes)
    assert stands_in("cafe\u0301 au lait", ["Caf\u00e9, caf\u00e9 au\u00a0lait"])  # é as two characters and as one


# Scoring


def refused(scoring: Scoring, **value: Any) -> str:
    with pytest.raises(SavingRefused) as caught:
        items_save(scoring, [Sent("strong-1", 1, item() | value)])
    return caught.value.problems["strong-1:1"]


@pytest.mark.django_db
def test_evidence_has_to_stand_in_the_notes_or_to_have_been_said() -> None:
    round_ = finished()
    scoring = scoring_begin(round_, round_.user)
    for nothing in ("what nobody wrote", "  ", "\u2003\n"):
        assert "does not stand in the notes" in refused(scoring, quotation=nothing)
    assert "0, 1 or 2" in refused(scoring, points=3)
    assert "0, 1 or 2" in refused(scoring, points=True)
    quoted = Sent("strong-1", 1, item(2, "Peak, not mean: 2000 orders"))
    assert items_save(scoring, [quoted]) == {"strong-1:1": "kept"}
    assert items_save(scoring, [quoted]) == {"strong-1:1": "kept"}
    assert items_save(scoring, [Sent("strong-1", 1, item(0))]) == {"strong-1:1": "conflict"}
    assert items_save(scoring, [Sent("green-1", 1, item(1, "mine --> store"))]) == {"green-1:1": "kept"}


@pytest.mark.django_db
def test_a_scoring_is_finished_when_it_is_whole_and_is_final_then() -> None:
    round_ = finished()
    scoring = scoring_begin(round_, round_.user)
    items_save(scoring, [Sent("strong-1", 1, item(2))])
    assert scoring_gaps(scoring) == [
        "11 of 12 items are not scored yet.",
        "1 scored item has no evidence: quote the notes, or mark it as said aloud.",
    ]
    with pytest.raises(RoundRefused, match="11 of 12"):
        scoring_finish(scoring)
    scored(round_, round_.user, seq=2)
    assert items_save(scoring, [Sent("strong-1", 9, item(2))]) == {"strong-1:9": "refused"}
    with pytest.raises(DatabaseError, match="takes no more items"), transaction.atomic():
        ScoredItem.objects.create(scoring=scoring, item="strong-1", client_seq=9, points=2)


@pytest.mark.django_db
def test_only_finished_rounds_are_scored_and_by_each_person_once() -> None:
    round_ = started()
    with pytest.raises(RoundRefused):
        scoring_begin(round_, round_.user)
    over = round_stop(round_, give_up=True)
    with pytest.raises(RoundRefused, match="given up"):
        scoring_begin(over, round_.user)


# Who sees what


@pytest.mark.django_db
def test_the_model_answer_opens_with_the_own_scoring_or_on_wish() -> None:
    round_ = finished()
    assert not answers_are_open(round_)
    assert all(not stage.model_answer for stage in round_report(round_).stages)
    answers_open(round_)
    scored(round_, round_.user)
    round_.refresh_from_db()
    report = round_report(round_)
    assert all(stage.model_answer for stage in report.stages)
    assert report.own_after_answers


@pytest.mark.django_db
def test_who_looks_at_the_model_answer_first_still_scores_blind_to_others() -> None:
    round_ = finished()
    scored(round_, person("peer"), {"strong-1": 2})
    answers_open(round_)
    round_.refresh_from_db()
    report, (past,) = round_report(round_), past_rounds(round_.user)
    assert report.answers_open
    assert (report.others, report.waiting, past.others) == ([], 1, [])


@pytest.mark.django_db
def test_the_candidate_sees_a_peers_score_when_both_are_finished() -> None:
    round_, peer = finished(), person("peer")
    scored(round_, peer, {"strong-1": 2})
    before = round_report(round_)
    assert (before.others, before.waiting, before.comparisons) == ([], 1, [])
    scored(round_, round_.user, {"strong-1": 2, "green-1": 1})
    after = round_report(round_)
    assert [other.scoring.role for other in after.others] == ["peer"]
    (compared,) = after.comparisons
    assert [each.item.id for each in compared.differences] == ["green-1"]
    assert (compared.agreement.same, compared.agreement.items) == (11, 12)


@pytest.mark.django_db
def test_a_link_lets_a_peer_in_until_it_is_taken_back() -> None:
    round_, peer = finished(), person("peer")
    assert not may_score(round_, peer)
    round_share(round_, on=True)
    round_.refresh_from_db()
    assert shared_round(str(round_.share_token)) == round_
    scoring_begin(round_, peer, link=str(round_.share_token))
    assert may_score(round_, peer)
    assert list(rounds_to_score(peer)) == [round_]
    for again in (False, True):  # a new link is for whoever gets it, not for those who had the old one
        round_share(round_, on=again)
        round_.refresh_from_db()
        assert not may_score(round_, peer)
        assert not rounds_to_score(peer).exists()
    scoring_begin(round_, peer, link=str(round_.share_token))
    assert may_score(round_, peer)
    assert shared_round("x" * 43) is None


@pytest.mark.django_db
def test_instructors_score_what_is_offered_to_them_as_instructors() -> None:
    round_, teacher = finished(), person("teacher")
    teacher.groups.add(grant_instructors())
    assert not rounds_to_score(teacher).exists()
    round_offer(round_, on=True)
    round_.refresh_from_db()
    assert list(rounds_to_score(teacher)) == [round_]
    assert scoring_begin(round_, teacher).role == "instructor"


@pytest.mark.django_db
def test_rounds_are_compared_over_time_by_level() -> None:
    first = finished(level="senior")
    scored(first, first.user, {"strong-1": 2})
    shares = {trend.level: [point.share for point in trend.points] for trend in trends(past_rounds(first.user))}
    assert shares == {"senior": [pytest.approx(0.5)]}


@pytest.mark.django_db
def test_a_result_by_an_earlier_rubric_is_marked_as_such() -> None:
    first = finished()
    Prompt.objects.update(summary="Told anew.")
    second = round_stop(round_start(first.user, Prompt.objects.get(), "staff"))
    assert [past.other_rubric for past in past_rounds(first.user)] == [False, False]
    Prompt.objects.update(rubric=[*rubric()[:-1], rubric()[-1] | {"weight": 3}])
    third = round_stop(round_start(first.user, Prompt.objects.get(), "staff"))
    marked = {past.round.pk: past.other_rubric for past in past_rounds(first.user)}
    assert marked == {first.pk: True, second.pk: True, third.pk: False}
