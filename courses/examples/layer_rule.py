"""Layers are a rule about imports; a rule that nobody checks is a drawing.

Problem. A stack of layers is drawn at the start. A year later the data layer imports a helper from the views, and the rules
cannot be tested without a browser.

Rule. Name the layers from the top. A module may import its own layer and lower ones; in the strict form only its own and the
next. Check it at every commit.

Source. Frank Buschmann and others, "Pattern-Oriented Software Architecture", volume 1 (1996), "Layers" and its relaxed
variant.

Limits. Imports are half of the matter. A layer also leaks through what it returns: a row that loads more rows when a page
touches it takes the database up into the view, and no import says so.
"""

from collections.abc import Iterable, Sequence


def violations(layers: Sequence[str], imports: Iterable[tuple[str, str]], *, strict: bool = False) -> list[str]:
    """`layers` from the top; `imports` as (importer, imported) modules, named `layer.module`. What breaks the rule."""
    depth = {layer: place for place, layer in enumerate(layers)}
    found = []
    for importer, imported in imports:
        down = depth[imported.split(".")[0]] - depth[importer.split(".")[0]]
        if down < 0:
            found.append(f"{importer} imports {imported}, which lies above it")
        elif strict and down > 1:
            found.append(f"{importer} imports {imported}, past the layer between")
    return found
