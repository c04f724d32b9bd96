"""A small material of its own, people, and a run that has ended."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.utils import timezone

if TYPE_CHECKING:  # this file is read before Django is set up
    from accounts.models import User
    from labs.models import Run

COURSE = """\
slug: sample
title: A sample course
summary: For tests.
modules:
  - slug: resilience
    title: Resilience
  - slug: data
    title: Data
"""
LESSON = """\
---
slug: first-steps
covers:
  - circuit-breaker
title: First steps
module: resilience
order: 1
summary: Where it begins.
---

## The half-open door

A breaker lets a *few* trials pass.
"""
TEMPLATE = """\
---
slug: short
title: A short record
summary: Six sections.
---

## Context

## Drivers

## Options

## Decision

## Consequences

## Confirmation
"""
SCENARIO = """\
---
slug: slow-service
title: A slow service
lab: circuit-breaker
parameters:
  failure_rate: 0.4
---

Watch who waits.
"""
CHECKLIST = """\
slug: before-release
title: Before a release
summary: What a release needs.
when: The day before.
groups:
  - title: Way back
    items:
      - id: rollback
        text: The way back was *walked* once.
        why: A plan that nobody tried is a hope.
        lesson: shipping-testing-incidents
      - id: flags
        text: New behaviour is behind a flag.
        lab: circuit-breaker
  - title: Watching
    items:
      - id: alert
        text: An alert fires when `5xx` < all is well is false.
"""
EXERCISE = """\
slug: slow-pictures
covers:
  - circuit-breaker
title: Slow pictures
summary: A feed waits.
difficulty: 2
minutes: 30
template: short
lessons:
  - first-steps
context: |
  A feed asks for **400** pictures a second.
drivers:
  - The feed stays up.
  - Few parts.
constraints:
  - The picture service stays.
options_hint: |
  A bulkhead, perhaps?
questions:
  - Who waits?
lab:
  slug: circuit-breaker
  why: runs it.
model:
  title: The secret title
  body: |
    ## Decision

    The secret decision, with <script>alert(1)</script> in it.
compare:
  - id: one
    point: The secret point one.
    why: The secret reason one.
  - id: two
    point: The secret point two.
    why: Because.
  - id: three
    point: The secret point three.
    why: Because.
  - id: four
    point: The secret point four.
    why: Because.
"""


class MaterialFolder:
    """Files in a folder, loaded when told to."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, text: str) -> None:
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def remove(self, name: str) -> None:
        (self.path / name).unlink()

    def load(self) -> dict[str, str]:
        """Outcome by slug."""
        from courses.loading.load import load_material

        return {entry.slug: entry.outcome.value for entry in load_material(self.path).entries}


@pytest.fixture
def files(tmp_path: Path) -> MaterialFolder:
    """The files of the sample, not loaded yet."""
    folder = MaterialFolder(tmp_path / "material")
    folder.write("course.yaml", COURSE)
    folder.write("lessons/101-first-steps.md", LESSON)
    folder.write("decision-templates/short.md", TEMPLATE)
    folder.write("scenarios/slow-service.md", SCENARIO)
    folder.write("checklists/before-release.yaml", CHECKLIST)
    return folder


@pytest.fixture
def material(db: None, files: MaterialFolder) -> MaterialFolder:
    """The sample, loaded."""
    files.load()
    return files


@pytest.fixture
def person(db: None) -> "Callable[..., User]":
    from accounts.models import User

    def make(name: str, **fields: Any) -> "User":
        user: User = User.objects.create_user(name, f"{name}@example.org", "long enough a word", **fields)
        return user

    return make


@pytest.fixture
def learner(person: "Callable[..., User]") -> "User":
    return person("lena")


@pytest.fixture
def stranger(person: "Callable[..., User]") -> "User":
    return person("otto")


@pytest.fixture
def signed_in() -> "Callable[[User], Client]":
    def make(user: "User") -> Client:
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture
def finished_run(db: None) -> "Callable[..., Run]":
    """A run with a result, as the runner leaves it."""
    from labs.models import Run

    def make(p99_s: float = 0.4, **fields: Any) -> "Run":
        now = timezone.now()
        summary = {
            "sentence": "The windowed breaker saved most of the load.",
            "metrics": {"windowed": {"p99_s": p99_s, "goodput_rps": None}},
        }
        values: dict[str, Any] = {
            "lab": "circuit-breaker", "world": "simulated", "parameters": {}, "seed": 7, "duration_s": 60.0,
            "arms": ["windowed"], "status": "finished", "queued_at": now, "dispatched_at": now, "finished_at": now,
            "summary": summary, "series": b"x", "series_take": 1, "take": 1,
        }  # fmt: skip
        return Run.objects.create(**{**values, **fields})

    return make
