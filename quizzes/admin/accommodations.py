"""Standing extra time for people, saved through the service so that running attempts are longer at once."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxValueValidator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path

from quizzes.models import Accommodation
from quizzes.services.extra_time import accommodation_save
from quizzes.templatetags.quizzes import duration

MAY = ("quizzes.add_accommodation", "quizzes.change_accommodation")


class PeopleView(AutocompleteJsonView):
    """Finds people by name, user name or address: for whoever grants time, who need not have the right to see accounts."""

    def has_perm(self, request: HttpRequest, obj: Any = None) -> bool:
        return any(request.user.has_perm(name) for name in MAY)

    def process_request(self, request: HttpRequest) -> Any:
        found = super().process_request(request)
        if found[2] is not Accommodation._meta.get_field("user"):
            raise PermissionDenied
        return found

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        found: dict[str, str] = super().serialize_result(obj, to_field_name)
        return found | {"text": f"{obj.name} · {obj.email}"}


class Choice(AutocompleteSelect):
    """Says what an empty choice means, which is its name for those who hear the page."""

    placeholder = "Every quiz"

    def build_attrs(self, base_attrs: Any, extra_attrs: Any = None) -> dict[str, Any]:
        return super().build_attrs(base_attrs, extra_attrs) | {"data-placeholder": self.placeholder}

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        """A form that comes back with nonsense shows no choice: Django would look nonsense up."""
        ids = [one for one in map(str, value) if one.isascii() and one.isdigit() and len(one) < 19]
        return super().optgroups(name, ids, attr)


class PersonChoice(Choice):
    url_name = "%s:quizzes_accommodation_people"
    placeholder = "Find a person by name or address"


class AccommodationForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Accommodation
        fields = ["user", "quiz", "multiplier", "minutes", "note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, most in (("multiplier", 5.0), ("minutes", 24 * 60)):
            if name in self.fields:
                self.fields[name].validators.append(MaxValueValidator(most))

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("multiplier") == 1.0 and found.get("minutes") == 0:
            self.add_error("multiplier", "This gives no extra time: choose a multiplier above 1, or minutes.")
        if "user" in found and "quiz" in found and self._others(found["user"], found["quiz"]).exists():
            where = f"at {found['quiz']}" if found["quiz"] else "at every quiz"
            self.add_error("user", f"{found['user'].name} has an accommodation {where} already: change that one.")
        return found

    def _others(self, user: Any, quiz: Any) -> QuerySet[Accommodation]:
        return Accommodation.objects.filter(user=user, quiz=quiz).exclude(pk=self.instance.pk)


@admin.register(Accommodation)
class AccommodationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = AccommodationForm
    list_display = ["user", "at", "multiplier", "minutes", "becomes", "note"]
    list_display_links = ["user"]
    list_filter = ["quiz"]
    search_fields = ["user__username", "user__email", "user__first_name", "user__last_name", "quiz__title", "note"]
    list_select_related = ["user", "quiz"]
    fieldsets = [
        ("For whom", {"fields": ["user", "quiz"]}),
        ("How much", {"fields": ["multiplier", "minutes", "note"]}),
    ]
    delete_confirmation_template = "quizzes/admin/accommodation_delete.html"
    delete_selected_confirmation_template = "quizzes/admin/accommodations_delete.html"

    @admin.display(description="quiz", ordering="quiz")
    def at(self, row: Accommodation) -> str:
        return str(row.quiz) if row.quiz else "every quiz"

    @admin.display(description="time at this quiz")
    def becomes(self, row: Accommodation) -> str:
        limit_s = row.quiz.time_limit_s if row.quiz else None
        if not limit_s:
            return "–"
        extra_s = round((row.multiplier - 1.0) * limit_s + 60 * row.minutes)
        return f"{duration(limit_s)} + {duration(extra_s)} extra"

    def get_urls(self) -> list[URLPattern]:
        people = PeopleView.as_view(admin_site=self.admin_site)
        return [path("people/", self.admin_site.admin_view(people), name="quizzes_accommodation_people"), *super().get_urls()]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["widget"] = (PersonChoice if db_field.name == "user" else Choice)(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Accommodation, form: Any, change: bool) -> None:
        lengthened = accommodation_save(obj)
        if lengthened:
            words = "1 running attempt is longer" if lengthened == 1 else f"{lengthened} running attempts are longer"
            self.message_user(request, f"{words} at once.", messages.SUCCESS)
        elif change:
            self.message_user(request, "Running attempts keep what they have; this counts from the next one.", messages.INFO)

    def delete_model(self, request: HttpRequest, obj: Accommodation) -> None:
        super().delete_model(request, obj)
        self._say_kept(request)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Accommodation]) -> None:
        super().delete_queryset(request, queryset)
        self._say_kept(request)

    def _say_kept(self, request: HttpRequest) -> None:
        self.message_user(request, "Running attempts keep the time that they have. New ones start without it.", messages.INFO)
