"""What the course shall hold: which lesson and which lab carries which ids of the coverage map. Read from `plan.yaml`."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from courses.loading.load import material_folder


@dataclass(frozen=True, slots=True)
class PlannedLesson:
    slug: str
    title: str
    module: str
    covers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlannedLab:
    """A lab of the plan, whether it is built or not. A lesson may hold its place before it is."""

    slug: str
    title: str
    question: str
    covers: tuple[str, ...]


def planned_lessons(folder: Path | None = None) -> tuple[PlannedLesson, ...]:
    """The lessons, in order; none where the folder has no plan."""
    return lessons_in(folder or material_folder())


def planned_labs(folder: Path | None = None) -> tuple[PlannedLab, ...]:
    """The labs; none where the folder has no plan."""
    return labs_in(folder or material_folder())


def planned_lab(slug: str) -> PlannedLab | None:
    return next((each for each in planned_labs() if each.slug == slug), None)


@cache
def lessons_in(folder: Path) -> tuple[PlannedLesson, ...]:
    rows = part("lessons", folder)
    return tuple(PlannedLesson(each["slug"], each["title"], each["module"], tuple(each["covers"])) for each in rows)


@cache
def labs_in(folder: Path) -> tuple[PlannedLab, ...]:
    rows = part("labs", folder)
    return tuple(PlannedLab(each["slug"], each["title"], each["question"], tuple(each["covers"])) for each in rows)


def part(name: str, folder: Path) -> list[dict[str, Any]]:
    path = folder / "plan.yaml"
    return (yaml.safe_load(path.read_text()) or {}).get(name, []) if path.is_file() else []
