"""Flashcards of the site: written with a preview, kept with their history, taken to Anki."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from courses.admin.material import MaterialAdmin
from quizzes.models import Question
from quizzes.reviews.forms import FlashcardForm
from quizzes.reviews.models import Flashcard
from quizzes.reviews.services.anki_export import Exported, deck_for_instructors
from quizzes.reviews.views.anki import as_file


class DeckForm(forms.Form):
    """What an instructor wants in a deck."""

    flashcards = forms.BooleanField(initial=True, required=False, help_text="All that are not retired.")
    questions = forms.BooleanField(required=False, help_text="With their right answers: not for those who still take them.")
    tag = forms.SlugField(required=False, help_text="Only what carries it. Empty: everything.")
    lesson = forms.SlugField(required=False, help_text="A lesson's slug. Only its flashcards.")


@admin.register(Flashcard)
class FlashcardAdmin(MaterialAdmin):
    form: ClassVar[Any] = FlashcardForm
    learners_text: ClassVar[bool] = True
    markdown_fields: ClassVar[tuple[str, ...]] = ("front", "back")
    actions = ("take_files", "keep_admins", "anki_deck")
    change_list_template = "reviews/admin/flashcard_list.html"
    list_display = ["slug", "front_shown", "lesson", "tags_shown", "retired", "people", "state"]
    list_filter = ["retired", "lesson"]
    search_fields = ["slug", "front", "back", "lesson"]
    list_per_page = 50
    fields = ["slug", "front", "back", "lesson", "tags", "covers", "retired"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Flashcard]:
        found: QuerySet[Flashcard] = super().get_queryset(request)
        return found.annotate(card_count=Count("cards"))

    @admin.display(description="front", ordering="front")
    def front_shown(self, flashcard: Flashcard) -> str:
        return flashcard.front if len(flashcard.front) <= 80 else f"{flashcard.front[:80]}…"

    @admin.display(description="tags")
    def tags_shown(self, flashcard: Flashcard) -> str:
        return ", ".join(flashcard.tags)

    @admin.display(description="people", ordering="card_count")
    def people(self, flashcard: Any) -> int:
        return int(flashcard.card_count)

    def has_delete_permission(self, request: HttpRequest, obj: Flashcard | None = None) -> bool:
        """A flashcard that somebody has been asked is retired, not deleted: what they remembered hangs on it."""
        allowed: bool = super().has_delete_permission(request, obj)
        return allowed and not (obj is not None and obj.cards.filter(revision__gt=0).exists())

    def get_urls(self) -> list[URLPattern]:
        return [path("anki/", self.admin_site.admin_view(self.deck_page), name=self.name("anki")), *super().get_urls()]

    @admin.action(description="Anki deck", permissions=["view"])
    def anki_deck(self, request: HttpRequest, queryset: QuerySet[Flashcard]) -> HttpResponse:
        return self.as_deck(deck_for_instructors(queryset.order_by("lesson", "slug"), Question.objects.none()))

    def deck_page(self, request: HttpRequest) -> HttpResponse:
        """Which flashcards and questions; a POST makes the deck."""
        if not (self.has_view_permission(request) and request.user.has_perm("quizzes.view_question")):
            raise PermissionDenied
        form = DeckForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            made = self.deck_of(form)
            if made.count:
                return self.as_deck(made)
            self.message_user(request, "Nothing fits, so there is no deck.", messages.WARNING)
        context = {**self.admin_site.each_context(request), "title": "Deck for Anki", "opts": self.opts, "form": form}
        return TemplateResponse(request, "reviews/admin/deck.html", context, status=422 if form.errors else 200)

    def deck_of(self, form: DeckForm) -> Exported:
        """Of a valid form."""
        wanted = form.cleaned_data
        flashcards, questions = Flashcard.objects.filter(retired=False), Question.objects.filter(retired=False)
        if wanted["tag"]:
            flashcards = flashcards.filter(tags__contains=[wanted["tag"]])
            questions = questions.filter(current__tags__contains=[wanted["tag"]])
        if wanted["lesson"]:
            flashcards, questions = flashcards.filter(lesson=wanted["lesson"]), questions.none()
        return deck_for_instructors(
            flashcards if wanted["flashcards"] else flashcards.none(), questions if wanted["questions"] else questions.none()
        )

    def as_deck(self, made: Exported) -> HttpResponse:
        return as_file(made.data, "plimsoll.apkg")
