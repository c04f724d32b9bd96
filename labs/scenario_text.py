"""How a scenario's text is shown. The laboratory keeps Markdown and cannot read it: an application above registers who can."""

from collections.abc import Callable

Renderer = Callable[[str], str]
_renderers: list[Renderer] = []


def register_renderer(renderer: Renderer) -> None:
    """Called while the applications start. `renderer` makes sanitised HTML of an author's Markdown."""
    _renderers[:] = [renderer]


def scenario_html(text: str) -> str:
    """The text as sanitised HTML; empty while nobody can make it: the page then shows plain paragraphs."""
    return _renderers[0](text) if _renderers and text else ""
