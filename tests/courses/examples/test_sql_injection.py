import sqlite3
from collections.abc import Iterator

import pytest

from courses.examples.sql_injection import ATTACK, rows_by_binding, rows_by_pasting


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE users (id TEXT, email TEXT)")
    connection.executemany("INSERT INTO users VALUES (?, ?)", [(name, f"{name}@example.org") for name in "abc"])
    yield connection
    connection.close()


def test_a_pasted_value_changes_the_question(database: sqlite3.Connection) -> None:
    assert len(rows_by_pasting(database, ATTACK)) == 3


def test_a_bound_value_is_only_compared(database: sqlite3.Connection) -> None:
    assert rows_by_binding(database, ATTACK) == []
    assert rows_by_binding(database, "b") == [("b", "b@example.org")]
