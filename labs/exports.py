"""A finished run as files: the page's data, a table for spreadsheets, everything as JSON."""

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from typing import Any

import orjson

from labs import streams
from labs.models import Run

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_BEHIND_A_SEMICOLON = re.compile(f";(?=[{''.join(map(re.escape, FORMULA_SIGNS))}])")


def stored_lines(run: Run) -> list[bytes]:
    """The encoded events of the newest result; empty where there is none."""
    series = Run.objects.filter(pk=run.pk).values_list("series", flat=True).first()
    return streams.unpack(bytes(series)) if series is not None else []


def data_json(state: dict[str, Any], lines: Iterable[bytes]) -> bytes:
    """`{"run": …, "events": […]}`; the events are put in as they were encoded."""
    return b'{"run":%b,"events":[%b]}' % (orjson.dumps(state), b",".join(lines))


def etag(run: Run, *parts: str) -> str:
    """Changes with the take, and with whatever else of the run the answer shows."""
    shown = "|".join([str(run.pk), str(run.series_take), run.status, str(run.wire), *parts])
    return f'"{hashlib.sha256(shown.encode()).hexdigest()[:32]}"'


def csv_rows(lines: Iterable[bytes], labels: Mapping[str, Sequence[str]] | None = None) -> Iterator[str]:
    """One row a bin and arm: `t_s, arm`, the series by name, the rows of heat series (`queues.server-1`), then requests by edge
    and outcome. `labels` are the names of those rows by series; where they are not known, numbers. Text cells are inert.
    """
    samples = [event for line in lines if (event := orjson.loads(line))["type"] == "sample"]
    series = list(dict.fromkeys(name for sample in samples for name in sample["values"]))
    heat = _heat_columns(samples, labels or {})
    flows = list(
        dict.fromkeys((edge, outcome) for sample in samples for edge, flow in sample["flows"].items() for outcome in flow)
    )
    heads = [*(f"{name}.{label}" for name, _row_number, label in heat), *(f"{edge}.{outcome}" for edge, outcome in flows)]
    yield csv_row(["t_s", "arm", *series, *heads])
    for sample in samples:
        values = [sample["values"].get(name) for name in series]
        cells = [_at(sample.get("rows", {}).get(name, ()), number) for name, number, _label in heat]
        counts = [sample["flows"].get(edge, {}).get(outcome, 0) for edge, outcome in flows]
        yield csv_row([sample["t"], sample["arm"], *values, *cells, *counts])


def _heat_columns(samples: Iterable[Mapping[str, Any]], labels: Mapping[str, Sequence[str]]) -> list[tuple[str, int, str]]:
    """Series, number of the row and its label, in the order of the declaration."""
    lengths: dict[str, int] = {}
    for sample in samples:
        for name, row in sample.get("rows", {}).items():
            lengths[name] = max(lengths.get(name, 0), len(row))
    return [
        (name, number, _at(labels.get(name, ()), number) or str(number + 1))
        for name, length in lengths.items()
        for number in range(length)
    ]


def _at(row: Sequence[Any], number: int) -> Any:
    return row[number] if number < len(row) else None


def csv_row(cells: Iterable[Any]) -> str:
    """One line of a CSV file (RFC 4180). Text that a spreadsheet would take for a formula is made inert."""
    buffer = StringIO()
    csv.writer(buffer).writerow(map(_inert, cells))
    return buffer.getvalue()


def _inert(cell: Any) -> Any:
    """A spreadsheet takes text that begins so for a formula, the full-width signs too (OWASP, CSV Injection); where it parts
    cells at “;”, because the comma is its decimal sign, also behind one."""
    if not isinstance(cell, str):
        return cell
    return _BEHIND_A_SEMICOLON.sub(";'", f"'{cell}" if cell.startswith(FORMULA_SIGNS) else cell)
