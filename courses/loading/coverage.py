"""What the files carry, against what they must: reads files only, so neither a server nor a database is needed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from courses.loading.kinds import Material, all_kinds
from courses.loading.load import material_folder
from courses.plan import planned_lessons
from courses.rendering.blocks.lab import PLACE_OF_A_LAB
from labs.experiments import catalogue


@dataclass(frozen=True, slots=True)
class Wanted:
    """An id that must be carried: its module (of the lesson that plans it), and the forms in which it is needed."""

    id: str
    kind: str
    needs: tuple[str, ...]
    module: str


@dataclass(frozen=True, slots=True)
class Bare:
    """An id with the forms that still lack it."""

    id: str
    kind: str
    module: str
    lacks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """`unknown` are ids that some file names and nobody asked for: spelling mistakes, mostly. `waiting` are ids that need a lab
    which is planned and not built, and whose place a lesson holds."""

    total: int
    bare: tuple[Bare, ...]
    unknown: tuple[str, ...]
    waiting: tuple[str, ...] = ()

    def by_module(self) -> dict[str, list[Bare]]:
        found: dict[str, list[Bare]] = defaultdict(list)
        for each in self.bare:
            found[each.module].append(each)
        return dict(found)


def wanted(folder: Path | None = None) -> list[Wanted]:
    modules: dict[str, str] = {}
    for lesson in planned_lessons(folder):
        for identity in lesson.covers:
            modules.setdefault(identity, lesson.module)
    entries: list[dict[str, Any]] = yaml.safe_load(((folder or material_folder()) / "coverage-ids.yaml").read_text())
    return [Wanted(each["id"], each["kind"], tuple(each["needs"]), modules.get(each["id"], "")) for each in entries]


def carried(material: Material) -> Mapping[str, set[str]]:
    """The forms in which each id is carried, by files and by the labs' own declarations."""
    found: dict[str, set[str]] = defaultdict(set)
    for kind in all_kinds():
        for piece in material.pieces.get(kind.name, ()):
            for need, identity in kind.covers(piece):
                found[identity].add(need)
    for lab in catalogue.experiments().values():
        for identity in lab.covers:
            found[identity].add("lab")
    return found


def coverage(material: Material, folder: Path | None = None) -> Coverage:
    have, want = carried(material), wanted(folder)
    bare, waiting = [], []
    for each in want:
        lacks = [need for need in each.needs if need not in have.get(each.id, ())]
        if "lab" in lacks and PLACE_OF_A_LAB in have.get(each.id, ()):
            lacks.remove("lab")
            waiting.append(each.id)
        if lacks:
            bare.append(Bare(each.id, each.kind, each.module, tuple(lacks)))
    unknown = sorted(set(have) - {each.id for each in want})
    return Coverage(len(want), tuple(bare), tuple(unknown), tuple(waiting))


def missing_from_lesson(material: Material, slug: str, folder: Path | None = None) -> tuple[list[str], list[str]]:
    """What the plan wants of a lesson and its front matter does not name, and the other way round. Raises `LookupError`."""
    planned = next((each for each in planned_lessons(folder) if each.slug == slug), None)
    piece = next((each for each in material.pieces.get("lesson", ()) if each.entry.slug == slug), None)
    if planned is None:
        raise LookupError(f"no lesson “{slug}” is planned")
    named: Iterable[str] = piece.entry.covers if piece else ()
    return [each for each in planned.covers if each not in named], [each for each in named if each not in planned.covers]
