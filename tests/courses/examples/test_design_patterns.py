"""A factory has one error for unknown names; a subject's observers cannot hurt each other."""

from collections.abc import Callable

import pytest

from courses.examples.design_patterns import Row, Subject, UnknownFormat, writer_for

ROWS: list[Row] = [{"sku": "a", "count": 2}, {"sku": "b", "count": 1}]


def test_a_name_becomes_a_writer() -> None:
    assert writer_for("JSON")(ROWS) == '[{"sku": "a", "count": 2}, {"sku": "b", "count": 1}]'
    assert writer_for("csv")(ROWS) == "sku,count\na,2\nb,1\n"


def test_an_unknown_name_says_which_are_known() -> None:
    with pytest.raises(UnknownFormat, match="known are csv, json"):
        writer_for("xml")


def test_a_failing_observer_is_reported_and_the_next_is_told_all_the_same() -> None:
    failures: list[str] = []
    told: list[str] = []
    subject: Subject[str] = Subject(lambda observer, error: failures.append(str(error)))
    subject.subscribe(broken)
    subject.subscribe(told.append)
    subject.publish("order-1")
    assert told == ["order-1"]
    assert failures == ["the mailer is away"]


def test_whoever_has_left_is_not_told() -> None:
    told: list[str] = []
    subject: Subject[str] = Subject(lambda observer, error: None)
    leave: Callable[[], None] = subject.subscribe(told.append)
    subject.publish("first")
    leave()
    subject.publish("second")
    assert told == ["first"]


def test_whoever_subscribed_twice_leaves_once() -> None:
    told: list[str] = []
    subject: Subject[str] = Subject(lambda observer, error: None)
    hear = told.append
    subject.subscribe(hear)
    leave = subject.subscribe(hear)
    subject.publish("first")
    leave()
    subject.publish("second")
    assert told == ["first", "first"]


def test_leaving_while_being_told_skips_nobody() -> None:
    told: list[str] = []
    subject: Subject[str] = Subject(lambda observer, error: None)
    leaving: list[Callable[[], None]] = []
    leaving.append(subject.subscribe(lambda event: leaving[0]()))
    subject.subscribe(told.append)
    subject.publish("order-1")
    assert told == ["order-1"]


def broken(event: str) -> None:
    raise RuntimeError("the mailer is away")
