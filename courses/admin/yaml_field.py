"""Fields of the admin for values that are more than a line of text: written as YAML, or as one entry a line."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator

from courses.loading.source import MaterialError
from courses.loading.yaml_source import read_yaml, write_yaml


class GrowingTextarea(forms.Textarea):
    """As many lines as there are to be read, from `fewest` to `most`; where the browser can, it grows with the text."""

    def __init__(self, fewest: int = 3, most: int = 30, *, mono: bool = False) -> None:
        classes = "vLargeTextField growing mono" if mono else "vLargeTextField growing"
        super().__init__(attrs={"rows": fewest, "cols": 90, "class": classes, "spellcheck": "false" if mono else "true"})
        self.fewest, self.most = fewest, most

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        lines = (context["widget"]["value"] or "").count("\n") + 1
        context["widget"]["attrs"]["rows"] = min(max(lines, self.fewest), self.most)
        return context


class YamlField(forms.CharField):
    """A value written as YAML. Wrong YAML is said with its line.

    `empty` makes the value of a field left empty; `keys` is the order in which the mappings of a list are shown: the
    database keeps JSON in an order of its own.
    """

    def __init__(self, *, empty: Callable[[], Any] | None = None, keys: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(**{"widget": GrowingTextarea(mono=True), **kwargs})
        self.empty, self.keys = empty, tuple(keys)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return self.empty() if self.empty else None
        try:
            found = read_yaml(text.replace("\r\n", "\n"), "line").value
        except MaterialError as error:
            raise ValidationError([f"Line {str(problem).removeprefix('line:')}" for problem in error.problems]) from None
        if wrong := next(unfit(found), ""):
            raise ValidationError(wrong)
        return self.empty() if found is None and self.empty else found

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, str):
            return value
        return "" if value in (None, [], {}) else write_yaml(self.ordered(value))

    def ordered(self, value: Any) -> Any:
        if not self.keys or not isinstance(value, list):
            return value
        return [{key: each[key] for key in sorted(each, key=self.place)} if isinstance(each, dict) else each for each in value]

    def place(self, key: str) -> int:
        return self.keys.index(key) if key in self.keys else len(self.keys)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != initial)
        except ValidationError:
            return True


def unfit(value: Any) -> Iterator[str]:
    """Names that YAML reads as numbers: JSON knows texts alone. What else the database cannot keep, the reader refuses."""
    if isinstance(value, dict):
        yield from (f"“{key}” cannot be a name: put it in quotes." for key in value if not isinstance(key, str))
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from unfit(each)


class LinesField(forms.CharField):
    """A list, one entry a line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"widget": GrowingTextarea(fewest=2, most=12), **kwargs})

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        ProhibitNullCharactersValidator()(text)  # the field's own validators see the list
        return [line.strip() for line in text.splitlines() if line.strip()]

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else "\n".join(value or [])
