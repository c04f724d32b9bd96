import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from courses.loading.coverage import carried, coverage, missing_from_lesson, wanted
from courses.loading.load import parse_material
from courses.plan import planned_lessons
from courses.rendering.blocks.lab import PLACE_OF_A_LAB
from tests.courses.conftest import LESSON, MaterialFolder

IDS = """\
- id: circuit-breaker
  kind: system
  needs: [lesson, lab]
- id: sagas
  kind: concept
  needs: [lesson, quiz, lab]
"""
PLAN = """\
lessons:
  - module: resilience
    title: First steps
    slug: first-steps
    covers: [circuit-breaker, retries]
  - module: data
    title: Sagas
    slug: sagas
    covers: [sagas]
labs:
  - title: Saga bench
    slug: saga
    question: Which way of undoing leaves nothing behind?
    covers: [sagas]
"""


@pytest.fixture
def folder(files: MaterialFolder) -> Path:
    files.write("coverage-ids.yaml", IDS)
    files.write("plan.yaml", PLAN)
    return files.path


def test_a_carried_id_lacks_nothing_and_a_bare_one_says_what(folder: Path) -> None:
    found = coverage(parse_material(folder), folder)
    assert [(each.id, each.module, each.lacks) for each in found.bare if each.id == "sagas"] == [
        ("sagas", "data", ("lesson", "quiz", "lab"))
    ]
    assert found.total == 2


def test_labs_carry_what_they_declare(folder: Path) -> None:
    assert {"lesson", "lab"} <= carried(parse_material(folder))["circuit-breaker"]


def test_an_id_that_nobody_asked_for_is_reported(folder: Path, files: MaterialFolder) -> None:
    files.write("lessons/101-first-steps.md", LESSON.replace("- circuit-breaker", "- circit-breaker"))
    assert "circit-breaker" in coverage(parse_material(folder), folder).unknown


def test_a_lesson_is_held_against_the_plan(folder: Path) -> None:
    assert missing_from_lesson(parse_material(folder), "first-steps", folder) == (["retries"], [])


def test_a_lesson_that_is_not_written_lacks_everything(folder: Path) -> None:
    assert missing_from_lesson(parse_material(folder), "sagas", folder) == (["sagas"], [])


@pytest.fixture
def _other_material(tmp_path: Path, settings: Any) -> None:
    """Commands read a folder with a plan and nothing else."""
    (tmp_path / "coverage-ids.yaml").write_text(IDS)
    (tmp_path / "plan.yaml").write_text(PLAN)
    settings.MATERIAL_DIR = str(tmp_path)


@pytest.mark.usefixtures("_other_material")
def test_the_command_reads_files_only_and_fails_while_ids_are_bare(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("coverage", "--json")
    said = json.loads(capsys.readouterr().out)
    assert ended.value.code == 1
    assert said["total"] == 2
    assert said["bare"] == [
        {"id": "circuit-breaker", "kind": "system", "module": "resilience", "lacks": ["lesson"]},
        {"id": "sagas", "kind": "concept", "module": "data", "lacks": ["lesson", "quiz", "lab"]},
    ]


@pytest.mark.usefixtures("_other_material")
def test_the_command_refuses_a_lesson_that_is_not_planned() -> None:
    with pytest.raises(CommandError, match="no lesson “nonsense” is planned"):
        call_command("coverage", "--lesson", "nonsense")


def test_the_plan_covers_every_id() -> None:
    assert len(planned_lessons()) == 36
    assert {identity for lesson in planned_lessons() for identity in lesson.covers} == {each.id for each in wanted()}


def test_a_planned_lab_leaves_no_id_bare_once_a_lesson_holds_its_place(folder: Path, files: MaterialFolder) -> None:
    place = "```lab\nslug: saga\nset: {not_checked_yet: 1}\n```"
    files.write("lessons/101-first-steps.md", f"{LESSON}\n\n{place}\n")
    labs_ids = {"saga-choreography", "fix-saga-order"}
    assert labs_ids <= {identity for identity, forms in carried(parse_material(folder)).items() if PLACE_OF_A_LAB in forms}
    files.write("coverage-ids.yaml", IDS + "- id: fix-saga-order\n  kind: pitfall\n  needs: [lab]\n")
    found = coverage(parse_material(folder), folder)
    assert found.waiting == ("fix-saga-order",)
    assert "fix-saga-order" not in {each.id for each in found.bare}
