"""Where drawn diagrams are kept: those of the site's content in the database, those of a preview in the cache."""

from collections.abc import Iterable

from django.core.cache import cache

from courses.models import Diagram
from courses.rendering.mermaid import Drawing

PREVIEW_S = 24 * 3600


def publish(drawings: Iterable[Drawing]) -> None:
    """Keep diagrams for as long as the site stands; the same one twice is one."""
    rows = [Diagram(sha=drawing.sha, svg=drawing.svg) for drawing in drawings]
    if rows:
        Diagram.objects.bulk_create(rows, ignore_conflicts=True)


def publish_for_a_day(drawings: Iterable[Drawing]) -> None:
    """Keep diagrams of a text that is still being written."""
    found = {f"diagram:{drawing.sha}": drawing.svg for drawing in drawings}
    if found:
        cache.set_many(found, timeout=PREVIEW_S)


def svg_of(sha: str) -> str | None:
    found: str | None = Diagram.objects.filter(pk=sha).values_list("svg", flat=True).first() or cache.get(f"diagram:{sha}")
    return found
