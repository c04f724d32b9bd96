"""Saves a question to the database where somebody waits for the answer."""

from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

T = TypeVar("T")


def at_once(statement: Callable[[], T]) -> T:
    """Run `statement` without Django's check that a kept connection still lives, which costs a round trip.

    Where it turns out that it does not, the statement is run again on a new one: only for what may be tried twice.
    """
    if connection.connection is None or connection.in_atomic_block:
        return statement()
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        return statement()
    except (OperationalError, InterfaceError):
        connection.close()
        return statement()
