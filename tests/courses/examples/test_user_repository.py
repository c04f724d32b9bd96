import sqlite3
from contextlib import closing

import pytest

from courses.examples.user_repository import Accounts, DocumentUsers, EmailTaken, SqliteUsers, User, broken_promises


def test_the_relational_implementation_keeps_every_promise() -> None:
    with closing(sqlite3.connect(":memory:")) as database:
        assert broken_promises(SqliteUsers(database)) == []


def test_the_document_implementation_has_the_signatures_and_breaks_a_promise() -> None:
    assert broken_promises(DocumentUsers()) == ["two users share an address"]


def test_the_service_uses_what_it_is_given() -> None:
    with closing(sqlite3.connect(":memory:")) as database:
        accounts = Accounts(SqliteUsers(database))
        assert accounts.open("a", " A@Example.org ") == User("a", "a@example.org")
        with pytest.raises(EmailTaken):
            accounts.open("b", "a@example.org")
