import sqlite3
from collections.abc import Iterator

import pytest

from courses.examples.registration import Member, Members, NameTaken, register

GOOD = {"name": "ada_l", "address": "a@example.org"}


@pytest.fixture
def members() -> Iterator[Members]:
    database = sqlite3.connect(":memory:")
    yield Members(database)
    database.close()


def stored(members: Members) -> int:
    return int(members.database.execute("SELECT count(*) FROM members").fetchone()[0])


def test_a_good_form_is_stored_and_answered_by_a_redirect(members: Members) -> None:
    response = register(members, GOOD)
    assert (response.status, response.headers) == (303, {"Location": "/members/ada_l"})
    assert stored(members) == 1


def test_a_form_sent_twice_is_stored_once(members: Members) -> None:
    register(members, GOOD)
    response = register(members, GOOD | {"name": " ADA_L "})
    assert (response.status, stored(members)) == (422, 1)
    assert "already" in response.body


def test_a_bad_form_is_shown_again_with_what_was_written_escaped(members: Members) -> None:
    response = register(members, {"name": '"><script>', "address": "nowhere"})
    assert (response.status, stored(members)) == (422, 0)
    assert "<script>" not in response.body
    assert "&lt;script&gt;" in response.body
    assert 'name="address" value="nowhere"' in response.body
    assert "no mail address" in response.body


def test_an_empty_form_is_refused(members: Members) -> None:
    assert (register(members, {}).status, stored(members)) == (422, 0)


def test_the_rules_are_tested_without_a_database() -> None:
    assert Members.problems(Member("ada_l", "a@example.org")) == {}
    assert set(Members.problems(Member("a", "b"))) == {"name", "address"}


def test_the_constraint_decides_who_was_first(members: Members) -> None:
    members.add(Member("ada_l", "a@example.org"))
    with pytest.raises(NameTaken):
        members.add(Member("ada_l", "b@example.org"))
