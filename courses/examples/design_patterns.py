"""Two patterns inside one part: a factory that chooses a class by a name from outside, and a subject with observers.

Problem. Code that says `if format == "csv"` in nine places changes in nine places. Code that calls everyone who wants to know
about an order must be edited for each new one.

Rule. Factory: one table from name to maker, and one error for names that are not in it. Observer: who wants to know registers
a function; the subject knows the list and nothing else. An observer that fails must not hurt the others, so its error is
handed on, and the caller of `publish` sees it only if `failed` raises it.

Source. E. Gamma, R. Helm, R. Johnson, J. Vlissides, *Design Patterns* (1994): Factory Method, in its form with a parameter, and
Observer.

Limits. All of it happens in one process, in the caller's thread, before `publish` returns; a crash forgets who was not told
yet. Across processes the same idea is a bus, and then loss, order and duplicates must be decided.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

Row = Mapping[str, str | int]
Writer = Callable[[Sequence[Row]], str]
Event = TypeVar("Event")


class UnknownFormat(ValueError):
    """Nobody registered a writer under this name."""


def as_json(rows: Sequence[Row]) -> str:
    return json.dumps([dict(row) for row in rows])


def as_csv(rows: Sequence[Row]) -> str:
    text = io.StringIO()
    table = csv.DictWriter(text, list(rows[0]) if rows else [], lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return text.getvalue()


WRITERS: dict[str, Writer] = {"json": as_json, "csv": as_csv}


def writer_for(name: str) -> Writer:
    """The only place that turns a name from a request into code. Raises `UnknownFormat`."""
    try:
        return WRITERS[name.lower()]
    except KeyError:
        raise UnknownFormat(f"no writer for {name!r}; known are {', '.join(sorted(WRITERS))}") from None


class Subject(Generic[Event]):
    """Tells its observers, in the order in which they came. `failed` gets each observer that raised, with its error."""

    def __init__(self, failed: Callable[[Callable[[Event], None], Exception], None]) -> None:
        self._observers: tuple[Callable[[Event], None], ...] = ()
        self._failed = failed

    def subscribe(self, observer: Callable[[Event], None]) -> Callable[[], None]:
        """Returns what ends all subscriptions of this observer. Who forgets to call it keeps the observer alive for ever."""
        self._observers = (*self._observers, observer)
        return lambda: self._remove(observer)

    def publish(self, event: Event) -> None:
        for observer in self._observers:
            try:
                observer(event)
            except Exception as error:  # one observer's fault is not the others'
                self._failed(observer, error)

    def _remove(self, observer: Callable[[Event], None]) -> None:
        self._observers = tuple(each for each in self._observers if each is not observer)
