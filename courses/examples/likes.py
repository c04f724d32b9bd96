"""Likes, counted twice: as a number that grows, and as rows that are there or not.

A client that hears nothing repeats its request. Adding one again makes the number wrong for ever. Inserting the same row again
changes nothing, and the row also says *who* liked the post.
"""

import sqlite3

SCHEMA = """
CREATE TABLE like_count (post_id INTEGER PRIMARY KEY, likes INTEGER NOT NULL);
CREATE TABLE post_like (
    post_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    PRIMARY KEY (post_id, user_id)
);
"""


def add_one(database: sqlite3.Connection, post_id: int) -> None:
    """Not idempotent: a repeat counts again."""
    with database:
        database.execute(
            "INSERT INTO like_count VALUES (?, 1) ON CONFLICT (post_id) DO UPDATE SET likes = likes + 1", (post_id,)
        )


def like(database: sqlite3.Connection, post_id: int, user_id: int) -> bool:
    """Idempotent; True if the like is new, which is what a running total may be moved by."""
    with database:
        done = database.execute("INSERT INTO post_like VALUES (?, ?) ON CONFLICT DO NOTHING", (post_id, user_id))
    return done.rowcount == 1


def unlike(database: sqlite3.Connection, post_id: int, user_id: int) -> bool:
    """Idempotent as well; True if there was one."""
    with database:
        done = database.execute("DELETE FROM post_like WHERE post_id = ? AND user_id = ?", (post_id, user_id))
    return done.rowcount == 1


def likes(database: sqlite3.Connection, post_id: int) -> int:
    """The truth. A hot post shows a total that is brought in line with it now and then."""
    (count,) = database.execute("SELECT count(*) FROM post_like WHERE post_id = ?", (post_id,)).fetchone()
    return int(count)
