"""A value that becomes part of the question: SQL injection, and the one habit that ends it.

Problem. Text pasted into SQL is parsed as SQL. Whoever may choose the text may end the string, and go on with a query of their
own.

Rule. Send the statement and its values apart. The statement is parsed before any value is looked at, so a value can only be
compared, never obeyed.

Source. OWASP, SQL Injection Prevention Cheat Sheet.

Limits. Names of tables and columns cannot be bound: choose them from a fixed list. Binding says nothing of who may see the row.
"""

import sqlite3

ATTACK = "nobody' OR '1'='1"


def rows_by_pasting(database: sqlite3.Connection, user_id: str) -> list[tuple[str, str]]:
    """Never do this: the value is parsed together with the statement."""
    return database.execute(f"SELECT id, email FROM users WHERE id = '{user_id}'").fetchall()  # noqa: S608 - the mistake itself


def rows_by_binding(database: sqlite3.Connection, user_id: str) -> list[tuple[str, str]]:
    """The statement is complete without the value."""
    return database.execute("SELECT id, email FROM users WHERE id = ?", (user_id,)).fetchall()
