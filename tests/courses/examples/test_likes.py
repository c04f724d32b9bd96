import sqlite3

import pytest

from courses.examples.likes import SCHEMA, add_one, like, likes, unlike


@pytest.fixture
def database() -> sqlite3.Connection:
    database = sqlite3.connect(":memory:")
    database.executescript(SCHEMA)
    return database


def test_a_repeated_increment_counts_twice(database: sqlite3.Connection) -> None:
    for _attempt in range(2):
        add_one(database, 7)
    assert database.execute("SELECT likes FROM like_count").fetchall() == [(2,)]


def test_a_repeated_like_counts_once(database: sqlite3.Connection) -> None:
    assert [like(database, 7, user_id=1) for _attempt in range(2)] == [True, False]
    assert like(database, 7, user_id=2)
    assert likes(database, 7) == 2


def test_a_like_can_be_taken_back_any_number_of_times(database: sqlite3.Connection) -> None:
    like(database, 7, user_id=1)
    assert [unlike(database, 7, user_id=1) for _attempt in range(2)] == [True, False]
    assert likes(database, 7) == 0
