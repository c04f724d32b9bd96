import pytest
from django.core.management import CommandError, call_command

from courses.loading.load import load_material, parse_material
from courses.loading.source import MaterialError
from courses.models import Course, DecisionTemplate, Lesson, Module, ScenarioSource
from labs.models import Scenario
from tests.courses.conftest import COURSE, LESSON, TEMPLATE, MaterialFolder

LESSON_FILE = "lessons/101-first-steps.md"


def complaints(files: MaterialFolder) -> list[str]:
    with pytest.raises(MaterialError) as error:
        parse_material(files.path)
    return [str(problem) for problem in error.value.problems]


# First load


def test_new_files_make_rows(material: MaterialFolder) -> None:
    lesson = Lesson.objects.get(slug="first-steps")
    assert (lesson.title, lesson.module.slug, lesson.position) == ("First steps", "resilience", 1)
    assert "<em>few</em>" in lesson.html
    assert Course.objects.get().modules.count() == 2
    assert DecisionTemplate.objects.get().title == "A short record"
    assert Scenario.objects.get().parameters == {"failure_rate": 0.4}
    assert ScenarioSource.objects.get().source_path == "scenarios/slow-service.md"


def test_loading_again_changes_nothing(material: MaterialFolder) -> None:
    changed = Lesson.history.count()
    assert set(material.load().values()) == {"unchanged"}
    assert Lesson.history.count() == changed


# Three ways


def test_a_changed_file_updates_an_untouched_row(material: MaterialFolder) -> None:
    material.write(LESSON_FILE, LESSON.replace("*few*", "*handful of*"))
    assert material.load()["first-steps"] == "updated"
    assert "handful of" in Lesson.objects.get().html


def test_an_edited_row_is_kept_while_its_file_stays(material: MaterialFolder) -> None:
    Lesson.objects.update(title="Edited")
    assert material.load()["first-steps"] == "edited"
    assert Lesson.objects.get().title == "Edited"


def test_edit_and_changed_file_are_a_conflict_that_keeps_the_row(material: MaterialFolder) -> None:
    Lesson.objects.update(title="Edited")
    newer = LESSON.replace("First steps", "Second steps")
    material.write(LESSON_FILE, newer)
    assert material.load()["first-steps"] == "conflict"
    lesson = Lesson.objects.get()
    assert lesson.title == "Edited"
    assert lesson.conflict_text == newer
    assert material.load()["first-steps"] == "conflict", "it stays one until somebody takes a side"


def test_a_conflict_ends_when_the_file_goes_back(material: MaterialFolder) -> None:
    Lesson.objects.update(title="Edited")
    material.write(LESSON_FILE, LESSON.replace("First steps", "Second steps"))
    material.load()
    material.write(LESSON_FILE, LESSON)
    assert material.load()["first-steps"] == "edited"
    assert not Lesson.objects.get().in_conflict


def test_the_same_change_on_both_sides_is_no_conflict(material: MaterialFolder) -> None:
    Lesson.objects.update(title="Both")
    material.write(LESSON_FILE, LESSON.replace("First steps", "Both"))
    assert material.load()["first-steps"] == "same"
    assert material.load()["first-steps"] == "unchanged"


def test_a_file_that_is_gone_is_reported_and_its_row_kept(material: MaterialFolder) -> None:
    material.remove(LESSON_FILE)
    assert material.load()["first-steps"] == "gone"
    assert Lesson.objects.filter(slug="first-steps").exists()


def test_a_file_that_moved_is_followed(material: MaterialFolder) -> None:
    material.remove(LESSON_FILE)
    material.write("lessons/102-first-steps.md", LESSON)
    assert material.load()["first-steps"] == "moved"
    assert Lesson.objects.get().source_path == "lessons/102-first-steps.md"


def test_a_row_made_in_the_admin_is_not_overwritten_by_a_new_file(material: MaterialFolder) -> None:
    module = Module.objects.get(slug="data")
    Lesson.objects.create(slug="own", title="Mine", summary="s", module=module, position=1, body="text")
    material.write("lessons/own.md", LESSON.replace("first-steps", "own"))
    assert material.load()["own"] == "conflict"
    assert Lesson.objects.get(slug="own").title == "Mine"


def test_a_scenario_edited_in_the_admin_is_kept_too(material: MaterialFolder) -> None:
    Scenario.objects.update(title="Edited")
    assert material.load()["slow-service"] == "edited"
    material.write("scenarios/slow-service.md", (material.path / "scenarios/slow-service.md").read_text().replace("0.4", "0.5"))
    assert material.load()["slow-service"] == "conflict"
    assert Scenario.objects.get().parameters == {"failure_rate": 0.4}
    assert ScenarioSource.objects.get().in_conflict


def test_a_module_that_left_the_course_stays_while_it_has_lessons(material: MaterialFolder) -> None:
    material.write("course.yaml", COURSE.replace("  - slug: data\n    title: Data\n", ""))
    material.load()
    assert list(Module.objects.values_list("slug", flat=True)) == ["resilience"]


# All or nothing


def test_one_mistake_stops_everything(db: None, files: MaterialFolder) -> None:
    files.write("decision-templates/bad.md", TEMPLATE.replace("slug: short", "slug: Not A Slug"))
    with pytest.raises(MaterialError):
        load_material(files.path)
    assert not Course.objects.exists()


def test_problems_of_all_files_are_reported_together(files: MaterialFolder) -> None:
    files.write("decision-templates/bad.md", "no front matter")
    files.write("lessons/102-bad.md", LESSON.replace("first-steps", "bad").replace("module: resilience", "module: nowhere"))
    files.write("notes/x.md", "---\n---\n")
    found = complaints(files)
    assert found[0].startswith("decision-templates/bad.md:1: the file must begin")
    assert found[1].startswith("lessons/102-bad.md:6: there is no module “nowhere”")
    assert found[2].startswith("notes/x.md:1: no kind of material")


def test_a_slug_used_twice_names_the_other_place(files: MaterialFolder) -> None:
    files.write("lessons/102-again.md", LESSON)
    assert complaints(files) == ["lessons/102-again.md:2: the lesson “first-steps” is already in lessons/101-first-steps.md:2"]


@pytest.mark.parametrize(
    ("block", "line", "words"),
    [
        ("```lab\nslug: nowhere\n```", 15, "there is no lab “nowhere”"),
        ("```lab\nslug: circuit-breaker\nset:\n  failure_rate: 7\n```", 17, "from 0 to 1"),
        ("```lab\nslug: circuit-breaker\nset:\n  nonsense: 7\n```", 17, "no knob “nonsense”"),
        ("```lab\nslug: circuit-breaker\narms:\n  - none\n  - nonsense\n```", 18, "no arm “nonsense”"),
        ("```lab\nslug: circuit-breaker\nopen_control: nonsense\n```", 16, "no control “nonsense”"),
        ("```code\ndotted: os.path.join\n```", 15, "is not the name of code"),
        ("```code\ndotted: labs.patterns.circuit_breaker.Nothing\n```", 15, "there is no “Nothing”"),
        ("```mermaid\nalt: A picture of nothing at all\nsource: |\n  nonsense\n```", 17, "cannot be drawn"),
        ("```mermaid\nsource: |\n  flowchart LR\n```", 15, "“alt” is missing"),
        ("```calculator\nname: nothing\n```", 15, "there is no calculator"),
        ("```calculator\nname: littles-law\nset:\n  time_s: -1\n```", 17, "must be from"),
        ("```decision\ntitle: x\nrows: []\n```", 16, "“rows”"),
        ("```question\nslug: nothing\n```", 14, "there is no question “nothing”"),
        ("```prediction\nask: x\nanswer: 500\nwhy: y\n```", 15, "from minimum to maximum"),
        ("```lab\nslug: [\n```", 15, "not valid YAML"),
        ('!!! nonsense "Title"\n    text', 14, "“nonsense” is no callout"),
        ("# A title", 14, "first-level heading"),
        ("A sum: $\\nonsense{x}$", 14, "“\\nonsense” is not known"),
        ("See [it](/lessons/nowhere/).", 14, "there is no lesson “nowhere”"),
        ("See [it](/labs/nowhere/).", 14, "there is no lab “nowhere”"),
        ("```lab\nslug: circuit-breaker", 14, "never closed"),
        ("- item\n\n    ```lab\n    slug: circuit-breaker\n    ```", 16, "at the left margin"),
    ],
)
def test_a_mistake_in_the_text_is_reported_at_its_line(files: MaterialFolder, block: str, line: int, words: str) -> None:
    head = LESSON.split("## The half-open door")[0]
    files.write(LESSON_FILE, f"{head}Text.\n\n\n{block}\n")
    assert head.count("\n") == 10
    found = complaints(files)
    assert any(each.startswith(f"{LESSON_FILE}:{line}: ") and words in each for each in found), found


def test_a_mistake_below_blocks_keeps_its_line(files: MaterialFolder) -> None:
    block = "```calculator\nname: littles-law\n```\n"
    files.write(LESSON_FILE, LESSON + block + block + "\nA sum: $\\nonsense$\n")
    line = (LESSON + block + block).count("\n") + 2
    assert any(each.startswith(f"{LESSON_FILE}:{line}: formula") for each in complaints(files))


def test_a_file_that_is_not_utf8_says_so_with_its_line(files: MaterialFolder) -> None:
    (files.path / LESSON_FILE).write_bytes(LESSON.encode() + b"\n\xff\xfe")
    assert complaints(files) == [f"{LESSON_FILE}:{LESSON.count(chr(10)) + 2}: not UTF-8"]


def test_a_scenario_is_checked_by_its_lab(files: MaterialFolder) -> None:
    text = (files.path / "scenarios/slow-service.md").read_text()
    files.write("scenarios/slow-service.md", text.replace("failure_rate: 0.4", "failure_rate: 40"))
    (problem,) = complaints(files)
    assert problem.startswith("scenarios/slow-service.md:6: ")
    assert "failure_rate" in problem


# The command


def test_the_check_needs_no_database(files: MaterialFolder, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_material", str(files.path), "--check")
    assert "All well" in capsys.readouterr().out


def test_the_command_fails_with_the_problems(files: MaterialFolder) -> None:
    files.write("decision-templates/bad.md", "no front matter")
    with pytest.raises(CommandError, match=r"decision-templates/bad\.md:1: "):
        call_command("load_material", str(files.path), "--check")


def test_the_command_says_what_is_in_conflict(material: MaterialFolder, capsys: pytest.CaptureFixture[str]) -> None:
    Lesson.objects.update(title="Edited")
    material.write(LESSON_FILE, LESSON.replace("First steps", "Second steps"))
    call_command("load_material", str(material.path))
    said = capsys.readouterr().out
    assert f"{LESSON_FILE}: lesson first-steps edited in the admin and changed in its file" in said
    assert "1 conflict" in said
