"""Statistics and settings."""

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from courses.people import LearnersRequest
from quizzes.clock import database_now
from quizzes.reviews.charts import Chart, Column, SpanChart, columns_chart, spans_chart
from quizzes.reviews.forms import SettingsForm
from quizzes.reviews.services.preferences import settings_kept, settings_of
from quizzes.reviews.services.statistics import Band, Statistics, statistics_of

LABEL_EVERY = 5


@require_safe
@never_cache
@login_required
def statistics(request: LearnersRequest) -> HttpResponse:
    settings = settings_of(request.user)
    found = statistics_of(request.user, settings, database_now())
    context = {
        "found": found, "settings": settings, "forecast_chart": _forecast(found), "past_chart": _past(found),
        "difficulty_chart": columns_chart([Column(str(level), [("", count)]) for level, count in found.difficulty], "card"),
        "retention_chart": _retention(found, settings.retention),
    }  # fmt: skip
    return render(request, "reviews/statistics.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def preferences(request: LearnersRequest) -> HttpResponse:
    form = SettingsForm(request.POST if request.method == "POST" else None, instance=settings_of(request.user))
    if form.is_valid():
        form.instance.pk = settings_kept(request.user).pk  # two windows may make the row at once
        form.instance._state.adding = False
        form.save()
        messages.success(request, "Saved. Intervals already given stay; the next ratings follow the new settings.")
        return redirect("reviews:settings")
    return render(request, "reviews/settings.html", {"form": form}, status=422 if form.errors else 200)


def _forecast(found: Statistics) -> Chart:
    days = [Column(_day(day), [("", count)], place % LABEL_EVERY == 0) for place, (day, count) in enumerate(found.forecast)]
    return columns_chart(days, "card")


def _past(found: Statistics) -> Chart:
    last = len(found.past) - 1
    columns = [
        Column(
            _day(day.day), [("remembered", day.remembered), ("forgotten", day.forgotten), ("learning", day.learning)],
            (last - place) % LABEL_EVERY == 0,
        )
        for place, day in enumerate(found.past)
    ]  # fmt: skip
    return columns_chart(columns, "review")


def _retention(found: Statistics, wanted: float) -> SpanChart:
    return spans_chart([_span(band) for band in (*found.bands, found.overall)], wanted)


def _span(band: Band) -> tuple[str, tuple[float, float, float] | None, str, str, bool]:
    name = "all" if band.last is None and band.first == 1 else band.short
    estimate = band.remembered
    if estimate is None:
        return name, None, "", band.verdict, False
    words = f"{100 * estimate.value:.0f} % of {band.tries}"
    return name, (estimate.low, estimate.value, estimate.high), words, band.verdict, band.enough


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"
