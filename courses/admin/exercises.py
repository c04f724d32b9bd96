"""Decision exercises, with the model decision that learners do not see before their own."""

from typing import ClassVar

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString

from courses.admin.material import MaterialForm
from courses.admin.searched import SearchedAdmin
from courses.exercise_kind import PointPart
from courses.models import Exercise


class ExerciseForm(MaterialForm):
    """Refused fields by the names that they have in files."""

    text_field = "context"
    NAMES_IN_FILES: ClassVar = {"order": "position", "model": "answer_body", "compare": "points", "lab": "evidence"}


@admin.register(Exercise)
class ExerciseAdmin(SearchedAdmin):
    form = ExerciseForm
    learners_text: ClassVar[bool] = True
    markdown_fields = ("context", "options_hint", "answer_body")
    yaml_keys: ClassVar = {"points": tuple(PointPart.model_fields)}
    list_display = ("title", "slug", "difficulty", "minutes", "published", "state", "on_the_site")
    list_filter = ("published", "difficulty")
    search_fields = ("title", "slug", "summary", "context")
    fieldsets = (
        (None, {"fields": (("title", "slug"), ("position", "difficulty", "minutes", "published"), "summary")}),
        (
            "What learners meet",
            {"fields": ("context", "drivers", "constraints", "options_hint", "questions", "template", "lessons")},
        ),
        ("What opens afterwards", {"fields": ("answer_title", "answer_status", "answer_body", "points", "evidence")}),
        ("About it", {"fields": ("covers",)}),
    )

    @admin.display(description="on the site")
    def on_the_site(self, exercise: Exercise) -> SafeString:
        return format_html('<a href="{}">open</a>', exercise.get_absolute_url())
