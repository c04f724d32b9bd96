"""Every route of the URLconf, by name (by pattern where it has none)."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver


def routes() -> dict[str, str]:
    """Pattern by name, such as `labs:run` → `labs/runs/<uuid:run_id>/`."""
    return dict(walk(get_resolver()))


def walk(resolver: URLResolver, before: str = "", namespace: str = "") -> Iterator[tuple[str, str]]:
    for each in resolver.url_patterns:
        pattern = before + str(each.pattern)
        if isinstance(each, URLPattern):
            name = f"{namespace}:{each.name}" if namespace else str(each.name)
            yield (name if each.name else pattern), pattern
        else:
            yield from walk(each, pattern, each.namespace or namespace)
