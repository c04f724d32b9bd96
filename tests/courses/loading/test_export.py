from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from courses.loading.export import export_material, exported_files
from courses.loading.kinds import all_kinds
from courses.loading.load import parse_material, read_files
from courses.models import DecisionTemplate, Lesson, Module
from tests.courses.conftest import LESSON, MaterialFolder


def contents(folder: Path) -> dict[str, str]:
    return {file.path: file.text for file in read_files(folder)}


def test_what_was_loaded_is_written_back_byte_for_byte(material: MaterialFolder, tmp_path: Path) -> None:
    export_material(tmp_path / "out")
    assert contents(tmp_path / "out") == contents(material.path)


def test_odd_formatting_of_an_unedited_file_survives(material: MaterialFolder) -> None:
    odd = LESSON.replace("order: 1", "order:    1   # the first").replace("trials pass.\n", "trials pass.\n\n\n")
    material.write("lessons/101-first-steps.md", odd)
    material.load()
    assert exported_files()["lessons/101-first-steps.md"] == odd


def test_canonical_files_are_their_own_canonical_form(files: MaterialFolder) -> None:
    found = parse_material(files.path)
    for kind in all_kinds():
        for piece in found.pieces.get(kind.name, ()):
            assert kind.canonical(piece.entry) == piece.text


def test_an_edited_row_is_written_in_canonical_form_and_loads_as_itself(material: MaterialFolder) -> None:
    Lesson.objects.update(title="Edited: with a colon", body="## New\r\n\r\ntext\r\n")
    export_material(material.path)
    text = (material.path / "lessons/101-first-steps.md").read_text()
    assert (
        text
        == LESSON.replace("title: First steps", "title: 'Edited: with a colon'").split("\n\n## ")[0] + "\n\n## New\n\ntext\n"
    )
    assert material.load()["first-steps"] == "same"
    assert material.load()["first-steps"] == "unchanged"


def test_a_row_made_in_the_admin_gets_a_file(material: MaterialFolder) -> None:
    module = Module.objects.get(slug="data")
    Lesson.objects.create(slug="own", title="Mine", summary="s", module=module, position=3, body="text")
    assert export_material(material.path) == ["lessons/203-own.md"]
    assert material.load()["own"] == "same"


def test_an_export_over_equal_files_writes_nothing(material: MaterialFolder) -> None:
    assert export_material(material.path) == []


def test_a_conflict_stops_the_export(material: MaterialFolder) -> None:
    DecisionTemplate.objects.update(title="Edited", conflict_text="newer")
    with pytest.raises(CommandError, match="decision-template short"):
        call_command("export_material", str(material.path))
