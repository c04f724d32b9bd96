"""What a page of results was asked for: which attempts, and the order of its table."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict

from quizzes.analysis.reports import QuestionLine
from quizzes.analysis.selection import Selection

WHICH = [
    ("first", "First attempts"), ("last", "Last attempts"), ("best", "Best attempts"), ("all", "All attempts"),
]  # fmt: skip


class ResultFilters(forms.Form):
    """In the address: a link shows the same to whoever may see it."""

    attempts = forms.ChoiceField(choices=WHICH, required=False)
    revision = forms.TypedChoiceField(coerce=int, required=False, empty_value=None)
    since = forms.DateField(required=False, label="From", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, label="To", widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, data: QueryDict, revisions: Sequence[int]) -> None:
        super().__init__(data)
        self.revisions = revisions
        choices = [("", "All revisions"), *((number, f"Revision {number}") for number in revisions)]
        self.fields["revision"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("since") and found.get("until") and found["since"] > found["until"]:
            self.add_error("until", "This day is before the first one: exchange the two.")
        return found

    def selection(self) -> Selection:
        """What was asked for; a field that makes no sense asks for nothing, and its error says so."""
        self.is_valid()
        found = self.cleaned_data
        return Selection(
            which=found.get("attempts") or "first", revision=found.get("revision"), since=found.get("since"),
            until=found.get("until"),
        )  # fmt: skip

    def query(self, **more: str) -> str:
        """The filters as the query of an address."""
        kept = {name: self.data.get(name, "") for name in self.fields if name not in self.errors}
        return urlencode({name: value for name, value in (kept | more).items() if value})


Order = Callable[[QuestionLine], Any]
COLUMNS: Mapping[str, tuple[str, Order]] = {
    "place": ("Question", lambda line: (line.section, line.place)),
    "asked": ("Asked", lambda line: line.item.asked),
    "facility": ("Facility", lambda line: line.item.facility and line.item.facility.value),
    "d": ("D", lambda line: line.item.discrimination and line.item.discrimination.value),
    "rest": ("Item-rest", lambda line: line.item.rest_correlation and line.item.rest_correlation.value),
    "efficiency": ("Efficiency", lambda line: line.item.efficiency),
    "without": ("α without", lambda line: line.alpha_without),
    "time": ("Time", lambda line: line.times.median_s),
    "flags": ("Look at", lambda line: -line.alarms),
}


def ordered(lines: Sequence[QuestionLine], order: str) -> list[QuestionLine]:
    """By a column's name, downwards with “-” before it; what has no figure comes last either way."""
    by = COLUMNS.get(order.removeprefix("-"), COLUMNS["place"])[1]
    known = [line for line in lines if by(line) is not None]
    return [*sorted(known, key=by, reverse=order.startswith("-")), *(line for line in lines if by(line) is None)]


def headings(order: str, filters: ResultFilters) -> list[dict[str, str]]:
    """The table's heads: each a link that orders by it, and turns the order where it is the present one."""
    return [
        {
            "name": name,
            "label": label,
            "query": filters.query(o=f"-{name}" if order == name else name),
            "sort": "ascending" if order == name else "descending" if order == f"-{name}" else "",
        }
        for name, (label, _) in COLUMNS.items()
    ]
