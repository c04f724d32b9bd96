"""Diagrams of notes and of model answers, drawn for a page."""

from dataclasses import dataclass

from courses.diagrams import publish
from courses.rendering.mermaid import DiagramError, Drawing, draw


@dataclass(frozen=True, slots=True)
class ShownDiagram:
    """Drawn in both themes; or `problem` in words, where the source cannot be drawn. `source` is there in any case."""

    source: str
    light: Drawing | None = None
    dark: Drawing | None = None
    problem: str = ""


def shown_diagram(source: str) -> ShownDiagram | None:
    """None where nothing was drawn. It is kept for as long as the site stands: a report may be looked at for years."""
    if not source.strip():
        return None
    try:
        light, dark = draw(source, "light"), draw(source, "dark")
    except DiagramError as error:
        return ShownDiagram(source, problem=f"Line {error.line}: {error}")
    publish([light, dark])
    return ShownDiagram(source, light, dark)
