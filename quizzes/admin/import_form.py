"""The form of an import: a file or a text, its format, and what all questions of it get."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from quizzes.interchange.encoding import NoText, cleaned
from quizzes.interchange.formats import FORMATS, Format, detected
from quizzes.interchange.intake import MAX_FILE_BYTES, text_of, without_files
from quizzes.interchange.marked import MARKDOWN, PLAIN
from quizzes.interchange.plan import Wishes

DETECT = ""
UNKNOWN = "The text looks like none of the formats. Choose the format it is in."


class ImportForm(forms.Form):
    """After `is_valid`: `text`, `found_format`, `notice` and `wishes`."""

    file = forms.FileField(required=False, label="File", help_text="UTF-8; other encodings are read where they can be told.")
    text = forms.CharField(
        required=False,
        strip=False,
        label="Text",
        widget=forms.Textarea(attrs={"rows": 12, "class": "mono", "spellcheck": "false"}),
        help_text="Instead of a file. A chosen file takes the place of what stands here.",
    )
    format = forms.ChoiceField(
        required=False,
        choices=[(DETECT, "told by the text"), *((each.slug, each.label) for each in FORMATS.values())],
        label="Format",
    )
    tags = forms.CharField(required=False, max_length=400, label="Tags", help_text="For all questions, parted by commas.")
    difficulty = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "as the file says, else 2"), *((level, str(level)) for level in range(1, 6))],
        label="Difficulty",
        help_text="Of new questions, where the file says none.",
    )
    slug_prefix = forms.CharField(
        required=False,
        max_length=30,
        label="Prefix",
        help_text="Goes before every slug, such as “networks-”. Keep it for later imports.",
    )
    unmarked = forms.ChoiceField(
        required=False,
        choices=[(MARKDOWN, "Markdown"), (PLAIN, "plain text")],
        label="Text without a format mark is",
        help_text="GIFT and Aiken. HTML is told by its tags.",
    )

    def clean(self) -> dict[str, Any]:
        """The text, from the file where there is one."""
        values = super().clean() or self.cleaned_data
        self.notice = ""
        if "text" not in values or "file" not in values:
            return values
        try:
            values["text"] = self._text(values)
        except NoText as error:
            raise ValidationError({"file" if values["file"] else "text": str(error)}) from None
        if not values["text"].strip():
            raise ValidationError("Choose a file or paste a text.")
        self.found_format = self._format(values)
        return values

    def _text(self, values: dict[str, Any]) -> str:
        if values["file"] is None:
            return without_files(cleaned(values["text"]))
        found = text_of(values["file"].read(MAX_FILE_BYTES + 1))
        self.notice = found.notice
        return found.text

    def _format(self, values: dict[str, Any]) -> Format:
        found = FORMATS.get(values.get("format") or "") or detected(values["text"])
        if found is None:
            raise ValidationError({"format": UNKNOWN})
        return found

    @property
    def wishes(self) -> Wishes:
        values = self.cleaned_data
        tags = values.get("tags", "").split(",")
        return Wishes.of(tags, values.get("difficulty"), values.get("slug_prefix", ""), values.get("unmarked") or MARKDOWN)

    def with_text(self) -> "ImportForm":
        """The same form to be sent again, with the text of the file in it."""
        return ImportForm(initial={**self.cleaned_data, "file": None})
