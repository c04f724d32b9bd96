"""What must be set where the site is served; said once and early, not at the first request."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured


def missing_message() -> str:
    names = ", ".join(settings.MISSING_FROM_ENVIRONMENT)
    return f"Set {names} in the environment (or DEBUG=true to develop; `make run` sets all of them)." if names else ""


def require_environment() -> None:
    """Raise ImproperlyConfigured, naming what is missing. The web server and the workers call it when they start."""
    if message := missing_message():
        raise ImproperlyConfigured(message)


@register(Tags.security, deploy=True)
def environment_is_complete(**_: Any) -> list[CheckMessage]:
    message = missing_message()
    return [Error(message, id="config.E001")] if message else []
