"""A repository: what the business asks of storage, in the words of the business, and what every storage must keep.

Problem. A service that builds its own database object can be neither tested without that database nor moved off it. A service
that gets "a database" with `get` and `set` can be given another, and then finds out in production what the new one does not do.

Rule. The constructor takes the narrow interface that this service needs. The interface promises behaviour as well as
signatures; `broken_promises` checks the behaviour, and every implementation runs through it.

Source. Martin Fowler, "Inversion of Control Containers and the Dependency Injection pattern" (2004); Barbara Liskov and
Jeannette Wing, "A Behavioral Notion of Subtyping" (1994).

Limits. A suite proves only what it asks. Isolation between transactions, order of results and behaviour under load need
questions of their own.
"""

import sqlite3
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class User:
    id: str
    email: str


class EmailTaken(Exception):
    """Another user has this address. Nothing was stored."""


class Users(Protocol):
    def add(self, user: User) -> None:
        """Store a new user. Raises `EmailTaken`; two calls at the same time cannot both succeed with one address."""

    def find(self, user_id: str) -> User | None:
        """The user as last stored, or None. Sees every `add` that has returned."""


class Accounts:
    """Gets its storage; it does not build it."""

    def __init__(self, users: Users) -> None:
        self.users = users

    def open(self, user_id: str, email: str) -> User:
        user = User(user_id, email.strip().lower())
        self.users.add(user)
        return user


class SqliteUsers:
    """The unique constraint decides, so two processes cannot both win."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database
        database.execute("CREATE TABLE IF NOT EXISTS users (id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE)")

    def add(self, user: User) -> None:
        try:
            with self.database:
                self.database.execute("INSERT INTO users VALUES (?, ?)", (user.id, user.email))
        except sqlite3.IntegrityError:
            raise EmailTaken(user.email) from None

    def find(self, user_id: str) -> User | None:
        row = self.database.execute("SELECT id, email FROM users WHERE id = ?", (user_id,)).fetchone()
        return User(*row) if row else None


class DocumentUsers:
    """Same signatures, other behaviour: documents by id, and no promise over two of them."""

    def __init__(self) -> None:
        self.documents: dict[str, User] = {}

    def add(self, user: User) -> None:
        self.documents[user.id] = user

    def find(self, user_id: str) -> User | None:
        return self.documents.get(user_id)


def broken_promises(users: Users) -> list[str]:
    """What an empty implementation of `Users` does not keep; nothing if it may stand in for the others."""
    broken = []
    users.add(User("a", "a@example.org"))
    if users.find("a") != User("a", "a@example.org"):
        broken.append("find does not see an add that has returned")
    if users.find("b") is not None:
        broken.append("find makes up users")
    try:
        users.add(User("b", "a@example.org"))
        broken.append("two users share an address")
    except EmailTaken:
        if users.find("b") is not None:
            broken.append("a refused user was stored")
    return broken
