"""Forms of a person's reviews: settings, own cards, an Anki file."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from courses.admin.material import MaterialForm
from courses.admin.yaml_field import LinesField
from quizzes.reviews.anki.archive import MAX_FILE_BYTES, TOO_LARGE
from quizzes.reviews.models import LEAST_RETENTION, MOST_RETENTION, Flashcard, ReviewSettings
from quizzes.reviews.services.own_cards import MAX_TAGS, MAX_TEXT, OwnContent
from quizzes.reviews.services.preferences import known_zones, zones_offered

TAG = re.compile(r"[\w-]{1,60}")


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    """Wanted retention is written in percent."""

    percent = forms.IntegerField(
        label="Wanted retention (%)", min_value=round(100 * LEAST_RETENTION), max_value=round(100 * MOST_RETENTION),
        help_text="How many of 100 cards you want to know when they come. More means more reviews: 90 suits most.",
    )  # fmt: skip
    time_zone = forms.CharField(label="Time zone", max_length=64, help_text="Your days are counted in it.")

    field_order = ["percent", "new_per_day", "new_from", "border_hour", "time_zone"]

    class Meta:
        model = ReviewSettings
        fields = ["new_per_day", "new_from", "border_hour", "time_zone"]
        help_texts = {
            # simulated with the model itself at 90 %, three in ten new cards not known at first: 7.1 in 30 days, 9.9 in 90
            "new_per_day": "Each new card brings about ten reviews in its first three months, seven of them in the first.",
            "new_from": "Your own cards, and the questions that you did not get right at once, always come.",
            "border_hour": "The hour, 0 to 23, at which a new day starts: what you do before it counts for yesterday.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["percent"] = round(100 * self.instance.retention)
        self.initial["time_zone"] = self.instance.time_zone or "UTC"

    @property
    def zones(self) -> tuple[str, ...]:
        """For the list, which the template writes itself: Django's widget renders a template for each of its options."""
        return zones_offered()

    def clean_time_zone(self) -> str:
        zone = str(self.cleaned_data["time_zone"])
        if zone not in known_zones():
            raise ValidationError("Choose a time zone from the list.")
        return zone

    def save(self, commit: bool = True) -> ReviewSettings:
        self.instance.retention = self.cleaned_data["percent"] / 100
        saved: ReviewSettings = super().save(commit)
        return saved


class SideField(forms.CharField):
    """One side of a card: Markdown, with line ends of one kind."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_TEXT, widget=forms.Textarea(attrs={"rows": 5, "data-preview": ""}), **kwargs)

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value) or "").replace("\r\n", "\n").strip()


class OwnCardForm(forms.Form):
    """An own flashcard."""

    front = SideField(label="Front", help_text="A question with one answer. Markdown; formulas between dollar signs.")
    back = SideField(label="Back", help_text="The answer, as short as it can be.")
    deck = forms.CharField(label="Deck", max_length=120, initial="My cards", widget=forms.TextInput({"list": "decks"}))
    tags = forms.CharField(label="Tags", max_length=1_000, required=False, help_text="Words parted by spaces or commas.")

    def clean_tags(self) -> list[str]:
        tags = list(dict.fromkeys(tag.casefold() for tag in re.split(r"[\s,]+", self.cleaned_data["tags"]) if tag))
        if wrong := [tag for tag in tags if not TAG.fullmatch(tag)]:
            raise ValidationError(f"“{wrong[0]}” is no tag: letters, digits and hyphens, 60 at most.")
        if len(tags) > MAX_TAGS:
            raise ValidationError(f"A card has {MAX_TAGS} tags at most.")
        return tags

    def content(self) -> OwnContent:
        """Of a valid form."""
        return OwnContent(**{name: self.cleaned_data[name] for name in ("deck", "front", "back", "tags")})


class AnkiFileForm(forms.Form):
    """An .apkg file. The size is said here and, once more, when it is read."""

    file = forms.FileField(label="Anki deck (.apkg)", error_messages={"required": "Choose a file first."})

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_FILE_BYTES:
            raise ValidationError(TOO_LARGE)
        return file


class FlashcardForm(MaterialForm):
    """A flashcard of the site, in the admin; the rules are those of its kind of file."""

    tags = LinesField(required=False, help_text="One a line.")
    covers = LinesField(required=False, help_text="Ids of the coverage map, one a line.")

    class Meta:
        model = Flashcard
        fields = ["slug", "front", "back", "lesson", "tags", "covers", "retired"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for side in ("front", "back"):
            if isinstance(cleaned.get(side), str):
                cleaned[side] = cleaned[side].replace("\r\n", "\n").strip()
        return cleaned
