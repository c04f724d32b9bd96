"""The admin's site: Django's, which checks the names in an address before its pages ask the database for them.

Django's own pages take a key that is none for a missing row in some places and fall over it in others, as do the history's;
a filter that PostgreSQL cannot compute takes the whole list down.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ERROR_FLAG
from django.contrib.contenttypes.views import shortcut
from django.core.exceptions import BadRequest, ValidationError
from django.db import DataError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict

View = Callable[..., HttpResponse]


class Site(AdminSite):
    """In the settings through `config.apps.AdminConfig`."""

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        model_admin = getattr(view, "__self__", None)
        if isinstance(model_admin, ModelAdmin):
            view = checked(model_admin, view)
        elif view is shortcut:
            view = to_a_row(view)
        return super().admin_view(without_nul(view), cacheable)


def to_a_row(view: View) -> View:
    """The way to a row's page on the site: 404 for a key that is none, a UUID's too."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except ValidationError:
            raise Http404("There is no such row.") from None

    return answered


def without_nul(view: View) -> View:
    """No text of the database holds a NUL, so an address with one is broken."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "\x00" in request.path or any(
            "\x00" in value for values in request.GET.lists() for value in (values[0], *values[1])
        ):
            raise BadRequest("The address holds a character that is none.")
        return view(request, *args, **kwargs)

    return answered


def checked(model_admin: "ModelAdmin[Any]", view: View) -> View:
    """A page of one model: 404 for a key that is none, 400 for an action on one, the whole list for a filter that is none."""
    is_list = view.__name__ == "changelist_view"

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        for key in (*args, *(kwargs[name] for name in ("object_id", "id") if name in kwargs)):
            if not is_key(model_admin, unquote(str(key))):
                raise Http404("There is no such row.")
        if not all(is_key(model_admin, key) for key in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise BadRequest("An action names a row that is none.")
        if not hidden_counts_fit(request.POST):
            raise BadRequest("The form's hidden counts do not fit its rows. Reload the page and try again.")
        return whole_list_for_a_wrong_filter(view, request, *args, **kwargs) if is_list else view(request, *args, **kwargs)

    return answered


def hidden_counts_fit(sent: QueryDict) -> bool:
    """Whether each table has as many rows with a key as its hidden `-INITIAL_FORMS` says: Django trusts that count."""
    for name in sent:
        prefix, found, _ = name.rpartition("-INITIAL_FORMS")
        if found and sent[name] != str(sum(1 for key in sent if is_row_key(key, prefix) and sent[key])):
            return False
    return True


def is_row_key(name: str, prefix: str) -> bool:
    number = name.removeprefix(f"{prefix}-").removesuffix("-id")
    return name == f"{prefix}-{number}-id" and number.isdigit()


def is_key(model_admin: "ModelAdmin[Any]", text: str) -> bool:
    """Whether a row's key may read so. The keys of a history's rows are numbers, and so are refused or taken as those are."""
    try:
        model_admin.model._meta.pk.to_python(text)
    except ValidationError:
        return False
    return True


def whole_list_for_a_wrong_filter(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    if request.method != "GET" or ERROR_FLAG in request.GET:
        return view(request, *args, **kwargs)
    try:
        with transaction.atomic():
            return view(request, *args, **kwargs)
    except (DataError, ValueError):
        return HttpResponseRedirect(f"{request.path}?{ERROR_FLAG}=1")
