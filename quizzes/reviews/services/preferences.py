"""How a person reviews: wanted retention, new cards a day, where the day ends."""

from datetime import UTC
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from quizzes.reviews.days import Days
from quizzes.reviews.models import MOST_NEW_A_DAY, ReviewSettings

EXTRA_NEW = 10


def settings_of(user: Any) -> ReviewSettings:
    """The person's settings, or the ones everybody begins with (not saved)."""
    return ReviewSettings.objects.filter(user_id=user.pk).first() or ReviewSettings(user_id=user.pk)


def settings_kept(user: Any) -> ReviewSettings:
    """The same, saved: two windows that change them for the first time at once change one row."""
    return ReviewSettings.objects.get_or_create(user_id=user.pk)[0]


def days_of(settings: ReviewSettings) -> Days:
    """The person's days. A zone that this machine does not know counts as UTC."""
    known = settings.time_zone in known_zones()
    return Days(zone=ZoneInfo(settings.time_zone) if known else ZoneInfo("UTC"), border_hour=settings.border_hour)


@cache
def known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def zones_offered() -> tuple[str, ...]:
    """Zones named by a place, and UTC; old names and those of machines are left out."""
    places = {
        name for name in known_zones() if "/" in name and not name.startswith(("Etc/", "SystemV/", "US/", "posix", "right"))
    }
    return ("UTC", *sorted(places))


def zone_learn(settings: ReviewSettings, zone: str) -> None:
    """Keep the browser's time zone where the person has not chosen one."""
    if settings.time_zone or zone not in known_zones():
        return
    kept, _ = ReviewSettings.objects.get_or_create(user_id=settings.user_id)
    ReviewSettings.objects.filter(pk=kept.pk, time_zone="").update(time_zone=zone)
    settings.time_zone = zone


def more_new_today(user: Any, now: Any) -> None:
    """Ten new cards more than the daily number, today only."""
    settings = settings_kept(user)
    today = days_of(settings).of(now.astimezone(UTC))
    before = settings.extra_new if settings.extra_new_on == today else 0
    extra = min(before + EXTRA_NEW, MOST_NEW_A_DAY)
    ReviewSettings.objects.filter(pk=settings.pk).update(extra_new=extra, extra_new_on=today)
