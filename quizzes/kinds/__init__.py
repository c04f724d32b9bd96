"""The kinds of question. A module of this package that ends with `KIND = …` is a kind; nothing else has to be told."""

import pkgutil
from functools import cache
from importlib import import_module
from typing import Any

from quizzes.kinds.base import AnswerError, Definition, Frozen, Kind, Note, Outcome
from quizzes.kinds.posed import Posed

__all__ = [
    "AnswerError", "Definition", "Frozen", "Kind", "Note", "Outcome", "Posed", "UnknownKind", "all_kinds", "kind_named",
]  # fmt: skip


class UnknownKind(KeyError):
    """No kind of question has this slug."""


@cache
def all_kinds() -> dict[str, Kind[Any, Any]]:
    """Every kind by its slug, in the order of their labels."""
    modules = (import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    found_kinds: list[Kind[Any, Any]] = [module.KIND for module in modules if hasattr(module, "KIND")]
    return {kind.slug: kind for kind in sorted(found_kinds, key=lambda kind: kind.label)}


def kind_named(slug: str) -> Kind[Any, Any]:
    """The kind with this slug, or `UnknownKind`."""
    try:
        return all_kinds()[slug]
    except KeyError:
        raise UnknownKind(f"There is no kind of question called “{slug}”. Known: {', '.join(all_kinds())}.") from None
