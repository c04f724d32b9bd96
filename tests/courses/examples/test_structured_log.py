"""Log lines: one object each, the trace's id from the context, and no field that is not on the list."""

import json
import logging
from decimal import Decimal
from typing import Any

import pytest

from courses.examples.structured_log import TRACE_ID, JsonLines


def line(event: str, fields: dict[str, object] | None = None) -> dict[str, Any]:
    record = logging.LogRecord("shop", logging.WARNING, "shop.py", 1, event, (), None)
    record.created = 0.0
    record.fields = fields or {}
    text = JsonLines("checkout", "2024-05-01.3").format(record)
    assert "\n" not in text
    parsed: dict[str, Any] = json.loads(text)
    return parsed


def test_a_line_says_when_what_where_and_in_which_trace() -> None:
    token = TRACE_ID.set("abc123")
    try:
        found = line("payment_refused", {"order_id": 17})
    finally:
        TRACE_ID.reset(token)
    assert found == {
        "at": "1970-01-01T00:00:00.000+00:00",
        "level": "WARNING",
        "event": "payment_refused",
        "trace_id": "abc123",
        "service": "checkout",
        "release": "2024-05-01.3",
        "order_id": 17,
    }


def test_what_is_not_on_the_list_is_named_and_not_written() -> None:
    found = line("payment_refused", {"order_id": 17, "card": "4111"})
    assert found["dropped"] == ["card"]
    assert "4111" not in json.dumps(found)


@pytest.mark.parametrize("value", ['x\n{"event": "all_is_well"}', 'quote " and \\ slash'])
def test_a_value_cannot_fake_a_line(value: str) -> None:
    assert line("payment_refused", {"cause": value})["cause"] == value


def test_a_value_that_json_does_not_know_does_not_lose_the_line() -> None:
    assert line("payment_refused", {"amount_cents": Decimal("17.50")})["amount_cents"] == "17.50"


def test_an_exception_stays_in_its_line() -> None:
    try:
        raise TimeoutError("provider")
    except TimeoutError as error:
        record = logging.LogRecord("shop", logging.ERROR, "shop.py", 1, "payment_failed", (), (type(error), error, None))
    assert "TimeoutError: provider" in json.loads(JsonLines("checkout", "1").format(record))["exception"]
