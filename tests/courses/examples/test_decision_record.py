from dataclasses import replace
from datetime import date

from courses.examples.decision_record import Record, broken_links, due, gaps

SESSIONS = Record(
    number=7,
    title="Keep sessions in PostgreSQL",
    status="accepted",
    decided=date(2026, 3, 2),
    deciders=("identity team",),
    context="208 reads a second; a session must end within 30 s.",
    options=("signed token", "Redis", "PostgreSQL"),
    chosen="PostgreSQL",
    good=("ended at once",),
    bad=("stands in the way of every request",),
    confirmation="a probe ends a session every five minutes",
    reopen_when="a second region",
    review_by=date(2027, 3, 2),
)


def test_a_complete_record_has_no_gaps() -> None:
    assert gaps(SESSIONS) == []


def test_the_usual_four_parts_leave_six_gaps() -> None:
    usual = Record(
        number=1, title="Sessions in DynamoDB", status="accepted", context="Global.", options=("DynamoDB",), chosen="DynamoDB"
    )
    assert gaps(usual) == [
        "no date",
        "nobody decided",
        "fewer than three options",
        "no bad consequence",
        "nothing confirms it",
        "nothing would reopen it",
    ]


def test_a_proposal_may_be_unfinished() -> None:
    assert gaps(Record(number=8, title="Cache names", status="proposed")) == []


def test_the_choice_must_be_one_of_the_options() -> None:
    assert gaps(replace(SESSIONS, chosen="DynamoDB")) == ["the chosen option is not among the options"]


def test_a_word_that_is_no_status_is_refused() -> None:
    assert gaps(replace(SESSIONS, status="final")) == ["final is no status"]


def test_superseding_needs_both_ends() -> None:
    newer = replace(SESSIONS, number=12, supersedes=7)
    assert broken_links({7: SESSIONS, 12: newer}) == ["12 supersedes 7, which does not say so"]
    replaced = replace(SESSIONS, status="superseded", superseded_by=12)
    assert broken_links({7: replaced, 12: newer}) == []


def test_a_record_that_names_a_successor_is_no_longer_accepted() -> None:
    newer = replace(SESSIONS, number=12, supersedes=7)
    assert broken_links({7: replace(SESSIONS, superseded_by=12), 12: newer}) == ["7 is accepted: status and successor disagree"]


def test_a_successor_that_does_not_know_of_it_is_found() -> None:
    lost = replace(SESSIONS, status="superseded", superseded_by=12)
    assert broken_links({7: lost}) == ["7 gives way to 12, which does not say so"]


def test_reviews_come_due_for_records_in_force_only() -> None:
    log = {7: SESSIONS, 8: replace(SESSIONS, number=8, status="superseded")}
    assert due(log, date(2027, 3, 1)) == []
    assert due(log, date(2027, 3, 2)) == [7]
