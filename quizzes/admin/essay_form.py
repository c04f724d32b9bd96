"""The rubric of a text as a form: points and a remark for each criterion."""

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.forms import BoundField

from quizzes.kinds.essay import Criterion, EssayDefinition
from quizzes.models import Grade
from quizzes.services.essays import Mark

REMARK = {"class": "growing", "rows": 2}


class EssayForm(forms.Form):
    """`seen` is the grade that the page showed; `reason` is asked for where a person has graded before."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    comment = forms.CharField(
        required=False, max_length=5_000, label="On the whole text", widget=forms.Textarea(attrs=REMARK | {"rows": 3})
    )
    reason = forms.CharField(required=False, max_length=500, label="Why it is graded again")

    def __init__(self, grade: Grade, data: Any = None) -> None:
        super().__init__(data, initial=_given(grade))
        self.rubric = rubric_of(grade).rubric
        for number, criterion in enumerate(self.rubric, start=1):
            self.fields[f"points_{number}"] = _points(criterion)
            self.fields[f"comment_{number}"] = forms.CharField(
                required=False, max_length=2_000, label=f"Remark on: {criterion.criterion}", widget=forms.Textarea(attrs=REMARK)
            )
        if grade.score is None:
            del self.fields["reason"]

    def criteria(self) -> Iterator[tuple[Criterion, BoundField, BoundField]]:
        """Each criterion with its two fields."""
        for number, criterion in enumerate(self.rubric, start=1):
            yield criterion, self[f"points_{number}"], self[f"comment_{number}"]

    def count_as_seen(self, grade: Grade) -> None:
        """The page that shows this form again shows this grade: saving once more means beside it."""
        self.data = {**{name: self.data.get(name) for name in self.data}, "seen": str(grade.pk)}

    def marks(self) -> Sequence[Mark]:
        """What was given, in the order of the rubric. Only of a valid form."""
        found = self.cleaned_data
        numbers = range(1, len(self.rubric) + 1)
        return [Mark(found[f"points_{number}"], found[f"comment_{number}"].strip()) for number in numbers]


def rubric_of(grade: Grade) -> EssayDefinition:
    """Of the version whose key counts: a corrected rubric takes the old one's place when marks are corrected."""
    found: EssayDefinition = grade.version.parsed()
    return found


def _points(criterion: Criterion) -> forms.FloatField:
    words = f"Give from 0 to {criterion.points:g} points."
    names = ("required", "invalid", "min_value", "max_value")
    return forms.FloatField(
        min_value=0, max_value=criterion.points, label=criterion.criterion, error_messages=dict.fromkeys(names, words),
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal", "autocomplete": "off"}),
    )  # fmt: skip


def _given(grade: Grade) -> dict[str, Any]:
    """The points and remarks of a grade, so that a second look starts from the first."""
    found: dict[str, Any] = {"seen": grade.pk}
    for number, note in enumerate((note for note in grade.notes if "points" in note), start=1):
        found |= {f"points_{number}": f"{note['points']:g}", f"comment_{number}": note["text"]}
    rest = [note["text"] for note in grade.notes if "points" not in note]
    return found | ({"comment": rest[0]} if rest else {})
