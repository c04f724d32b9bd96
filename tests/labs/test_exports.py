"""A run as a table for spreadsheets."""

import csv
from io import StringIO

import orjson

from labs.exports import csv_rows


def sample(t: float, arm: str, rows: dict[str, list[float | None]]) -> bytes:
    return orjson.dumps(
        {"type": "sample", "t": t, "arm": arm, "values": {"level": t}, "rows": rows, "flows": {"in": {"ok": 2}}, "nodes": {}}
    )


def table(lines: list[bytes], labels: dict[str, tuple[str, ...]] | None = None) -> list[list[str]]:
    return list(csv.reader(StringIO("".join(csv_rows(lines, labels)))))


def test_each_row_of_a_heat_series_is_a_column_under_its_name() -> None:
    lines = [sample(0.5, "a", {"queues": [1.0, None]}), sample(0.5, "b", {"queues": [2.0, 3.0]})]
    found = table(lines, {"queues": ("server-1", "server-2")})
    assert found[0] == ["t_s", "arm", "level", "queues.server-1", "queues.server-2", "in.ok"]
    assert found[1] == ["0.5", "a", "0.5", "1.0", "", "2"]
    assert found[2][3:5] == ["2.0", "3.0"]


def test_rows_without_a_name_are_numbered_and_short_ones_are_filled() -> None:
    found = table([sample(0.5, "a", {"queues": [1.0, 2.0]}), sample(1.0, "a", {"queues": [4.0]})])
    assert found[0][3:5] == ["queues.1", "queues.2"]
    assert found[2][3:5] == ["4.0", ""]


def test_a_run_from_before_there_were_heat_series_is_written_as_ever() -> None:
    old = orjson.dumps({"type": "sample", "t": 0.5, "arm": "a", "values": {"level": 1.0}, "flows": {}, "nodes": {}})
    assert table([old]) == [["t_s", "arm", "level"], ["0.5", "a", "1.0"]]
