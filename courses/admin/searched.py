"""The admin of material that the site's search finds: whatever is changed here makes the index anew."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from courses.admin.material import MaterialAdmin
from courses.search import index_everything


class SearchedAdmin(MaterialAdmin):
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self.saved(obj)
        index_everything()

    def saved(self, row: Any) -> None:
        """What else follows from a saved row, before it is indexed."""

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        index_everything()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        index_everything()

    def settle(self, request: HttpRequest, rows: Any, *, files: bool) -> None:
        super().settle(request, rows, files=files)
        index_everything()
