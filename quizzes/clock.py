"""The database's clock: the only one that judges openings, limits and deadlines.

Several web processes and workers may disagree by seconds; one database cannot. `clock_timestamp()` is read when the row is
judged, not when the transaction or statement began, so waiting for a lock does not win anybody time.
"""

from datetime import datetime

from django.db import connection
from django.db.models import DateTimeField, Func


class ClockNow(Func):
    """`clock_timestamp()` in an ORM expression."""

    template = "clock_timestamp()"
    output_field = DateTimeField()


def database_now() -> datetime:
    """The time on the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    now: datetime = row[0]
    return now
