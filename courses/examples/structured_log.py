"""A log line that a machine can count: one JSON object, a constant event name, the trace's id, and allowed fields only.

Source. OWASP, *Logging Cheat Sheet*; the event's name apart from its fields as in OpenTelemetry's log data model.

Limits. The list guards fields alone. An event name with values in it, or an exception whose text quotes somebody's address, is
written as it is: keep names constant, and raise errors that name ids.
"""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime

TRACE_ID: ContextVar[str] = ContextVar("trace_id", default="")
FIELDS = frozenset({"order_id", "amount_cents", "currency", "attempt", "duration_ms", "status", "cause"})
"""What may be written. A list of what is allowed cannot forget a secret; a list of what is forbidden can."""


class JsonLines(logging.Formatter):
    """`log.warning("payment_refused", extra={"fields": {"order_id": 17}})` makes one line of JSON."""

    def __init__(self, service: str, release: str) -> None:
        super().__init__()
        self.always = {"service": service, "release": release}

    def format(self, record: logging.LogRecord) -> str:
        given = getattr(record, "fields", {})
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "event": record.msg,
            "trace_id": TRACE_ID.get(),
            **self.always,
            **{name: value for name, value in given.items() if name in FIELDS},
        }
        if dropped := sorted(set(given) - FIELDS):
            line["dropped"] = dropped
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)
