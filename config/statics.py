"""Static files over ASGI: in development straight from where they lie, else from the collected folder."""

from collections.abc import Iterator

from django.conf import settings
from django.contrib.staticfiles import finders
from servestatic import ServeStaticASGI


class FoundStaticFiles(ServeStaticASGI):  # type: ignore[misc]
    """Looks a file up with Django's finders at each request: nothing to collect, nothing stale."""

    def candidate_paths_for_url(self, url: str) -> Iterator[str]:
        if url.startswith(settings.STATIC_URL) and (path := finders.find(url.removeprefix(settings.STATIC_URL))):
            yield path


def static_files() -> ServeStaticASGI:
    """The application for `STATIC_URL`; names that carry a content hash may be cached for ever."""
    if "Manifest" not in settings.STORAGES["staticfiles"]["BACKEND"]:  # nothing is collected (tests switch DEBUG off)
        return FoundStaticFiles(None, autorefresh=True, max_age=0, allow_all_origins=False)
    settings.STATIC_ROOT.mkdir(exist_ok=True)
    return ServeStaticASGI(None, root=settings.STATIC_ROOT, prefix=settings.STATIC_URL, allow_all_origins=False)
