"""Decision records belong to their owners: who runs the site may look at them, and change nothing."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from courses.diagrams import publish_for_a_day
from courses.models import DecisionRecord
from courses.rendering.document import learner_document


@admin.register(DecisionRecord)
class DecisionRecordAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("title", "owner", "number", "status", "changed_at")
    list_filter = ("status",)
    list_select_related = ("owner",)
    search_fields = ("title", "owner__username")
    date_hierarchy = "changed_at"
    fields = ("title", "owner", "number", "status", "superseded_by", "created_at", "changed_at", "decided_at", "text")
    readonly_fields = fields

    class Media:
        css = {"all": ("build/admin.css",)}

    @admin.display(description="text")
    def text(self, record: DecisionRecord) -> SafeString:
        made = learner_document(record.body)
        publish_for_a_day(made.drawings)
        return format_html('<div class="prose preview-pane">{}</div>', mark_safe(made.html))  # noqa: S308 (sanitised)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
