import pytest
from django.db import connection

from labs.connections import at_once


def answer() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_a_statement_whose_connection_died_is_run_on_a_new_one() -> None:
    before = at_once(answer)
    with connection.copy().cursor() as other:
        other.execute("SELECT pg_terminate_backend(%s)", [before])
        other.connection.close()
    assert at_once(answer) != before
