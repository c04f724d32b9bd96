"""Who takes the invitation up; whom an instructor invites."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from quizzes.invitations.errors import InvitingRefused
from quizzes.invitations.services.inviting import Person, Terms, people_read
from quizzes.models import Quiz


class AcceptForm(forms.Form):
    """Name and address of the candidate."""

    name = forms.CharField(max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name", "class": "input"}))
    email = forms.EmailField(label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "email", "class": "input"}))


class InviteForm(forms.Form):
    """One quiz, any number of people, one set of terms."""

    quiz = forms.ModelChoiceField(Quiz.objects.filter(published=True))
    people = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 6, "cols": 60, "spellcheck": "false"}), max_length=100_000,
        help_text="One a line: Name <name@example.org>, or an address alone. Empty: one link for whoever opens it first.",
    )  # fmt: skip
    days = forms.IntegerField(
        label="valid for (days)", min_value=1, max_value=365, initial=14, help_text="Until the quiz is begun."
    )
    multiplier = forms.FloatField(
        label="extra time, multiplier", min_value=1.0, max_value=5.0, initial=1.0, help_text="1.25 is a quarter more."
    )
    minutes = forms.IntegerField(label="extra time, minutes", min_value=0, max_value=24 * 60, initial=0)
    keep_days = forms.IntegerField(
        label="keep for (days)", min_value=1, max_value=3650, initial=180,
        help_text="From the end of the attempt. Then all about the person is erased; candidates are told.",
    )  # fmt: skip
    message = forms.CharField(
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 60}),
        help_text="Markdown, shown above the rules.",
    )

    def clean_people(self) -> list[Person]:
        try:
            return people_read(self.cleaned_data["people"]) or [Person()]
        except InvitingRefused as error:
            raise ValidationError(list(error.problems)) from None

    def terms(self) -> Terms:
        """Of a valid form."""
        names = ("days", "message", "multiplier", "minutes", "keep_days")
        values: dict[str, Any] = {name: self.cleaned_data[name] for name in names}
        return Terms(**values)
