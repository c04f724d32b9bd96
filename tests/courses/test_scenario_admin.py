"""Scenarios as an instructor writes them: in YAML, checked by the lab that they set up."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from courses.admin.yaml_field import YamlField
from courses.instructors import grant_instructors
from courses.models import ScenarioSource
from labs.experiments import catalogue
from labs.models import Scenario
from tests.courses.conftest import SCENARIO, MaterialFolder
from tests.labs.tick import Tick

SignedIn = Callable[[User], Client]
LIST = "/admin/labs/scenario/"
FILE = "scenarios/slow-service.md"
GOAL = """\
- id: get-there
  text: Get there
  conditions:
    - subject: series
      name: level
      operator: ">"
      value: 3
"""


@pytest.fixture
def instructor(person: Callable[..., User]) -> User:
    user = person("ines", is_staff=True)
    user.groups.add(grant_instructors())
    return user


@pytest.fixture
def admin(instructor: User, signed_in: SignedIn) -> Client:
    return signed_in(instructor)


@pytest.fixture
def tick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small lab with round numbers in the place of the real ones."""
    monkeypatch.setattr(catalogue, "experiments", lambda: {"tick": Tick()})


def form(**fields: str) -> dict[str, str]:
    return {
        "title": "Up", "slug": "up", "lab": "tick", "world": "simulated", "position": "1", "published": "on",
        "parameters": "", "arms": "", "goals": "", "duration_s": "", "seed": "", "open_control": "", "text": "", "covers": "",
    } | fields  # fmt: skip


def as_sent(admin: Client, page: str) -> dict[str, str]:
    """What a browser posts when nothing in the form at `page` was changed."""
    values = {field.html_name: field.value() for field in admin.get(page).context["adminform"].form}
    shown = {
        name: str(value).replace("\n", "\r\n") for name, value in values.items() if value is not None and value is not False
    }
    return {name: "on" if value == "True" else value for name, value in shown.items()}


def page_of(scenario: Scenario, part: str = "change") -> str:
    return f"{LIST}{scenario.pk}/{part}/"


# Writing


def test_what_is_written_is_what_is_kept_and_shown_again(admin: Client, tick: None) -> None:
    written = form(
        parameters="weight: 2\r\nlevel: 4.5", arms="- two\r\n- one", duration_s="20", seed="7", open_control="kick", goals=GOAL,
        text="\r\nTurn it *up*.\r\n", covers="circuit-breaker",
    )  # fmt: skip
    response = admin.post(f"{LIST}add/", written)
    assert response.status_code == 302, response.context["errors"]
    kept = Scenario.objects.get()
    assert (kept.parameters, kept.arms, kept.duration_s, kept.seed) == ({"weight": 2, "level": 4.5}, ["two", "one"], 20, 7)
    assert (kept.text, kept.open_control) == ("Turn it *up*.", "kick")
    assert ScenarioSource.objects.get().covers == ["circuit-breaker"]
    shown = as_sent(admin, page_of(kept))
    assert shown["parameters"] == "level: 4.5\r\nweight: 2\r\n"  # one knob a line, in the lab's order
    assert shown["arms"] == "- two\r\n- one\r\n"
    assert shown["covers"] == "circuit-breaker"
    assert shown["goals"].splitlines()[:2] == ["- id: get-there", "  text: Get there"]
    assert "for_s" not in shown["goals"]


def test_saving_what_came_from_a_file_unchanged_is_no_edit(admin: Client, material: MaterialFolder) -> None:
    material.write(FILE, SCENARIO.replace("lab: circuit-breaker", "covers: [circuit-breaker]\nlab: circuit-breaker"))
    material.load()
    page = page_of(Scenario.objects.get())
    response = admin.post(page, as_sent(admin, page))
    assert response.status_code == 302, response.context["errors"]
    assert material.load()["slow-service"] == "unchanged"


def test_the_history_says_who_changed_what(admin: Client, instructor: User, tick: None) -> None:
    admin.post(f"{LIST}add/", form(parameters="level: 4"))
    scenario = Scenario.objects.get()
    admin.post(page_of(scenario), form(parameters="level: 5", title="Higher"))
    assert [row.history_user for row in scenario.history.all()] == [instructor, instructor]
    page = admin.get(page_of(scenario, "history")).content.decode()
    assert "<del>level: 4</del>" in page
    assert "<ins>level: 5</ins>" in page
    assert "<ins>Higher</ins>" in page
    assert "ines" in page


def test_a_state_of_the_history_is_brought_back(admin: Client, tick: None) -> None:
    admin.post(f"{LIST}add/", form(parameters="level: 4"))
    scenario = Scenario.objects.get()
    admin.post(page_of(scenario), form(parameters="level: 5"))
    page = f"{LIST}{scenario.pk}/history/{scenario.history.earliest('history_date').pk}/"
    admin.post(page, as_sent(admin, page))
    scenario.refresh_from_db()
    assert scenario.parameters == {"level": 4}


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"parameters": "level: 99"}, "parameters", "Level (level): must be a number from 0 to 10 m, not 99"),
        ({"parameters": "nothing: 1"}, "parameters", "nothing: "),
        ({"parameters": "- 1"}, "parameters", "object of knobs"),
        ({"parameters": "level: [1"}, "parameters", "Line 1: not valid YAML"),
        ({"parameters": "level: 1\nlevel: 2"}, "parameters", "Line 2: not valid YAML: the key “level” stands here twice"),
        ({"parameters": "a: &x 1\nb: *x"}, "parameters", "aliases"),
        ({"parameters": "level: .nan"}, "parameters", "Line 1: not valid YAML"),
        ({"parameters": "1: 2"}, "parameters", "“1” cannot be a name"),
        ({"parameters": 'mode: "a\\0b"'}, "parameters", "Line 1: not valid YAML"),
        ({"parameters": "level: !!binary aGVsbG8="}, "parameters", "tags"),
        ({"arms": "- three"}, "arms", "three"),
        ({"arms": "one"}, "arms", "list of names"),
        ({"world": "live"}, "world", "simulated"),
        ({"duration_s": "-5"}, "duration_s", "from 1"),
        ({"seed": "-5"}, "seed", "0"),
        ({"open_control": "nothing"}, "open_control", "There is no such knob or action"),
        ({"goals": "- 1"}, "goals", "Goal 1: A goal is an object"),
        ({"goals": "- id: g"}, "goals", "Goal 1: Give an id and a text."),
        ({"goals": "- {id: g, text: t, conditions: []}"}, "goals", "Goal 1: Give a list of conditions."),
        ({"goals": GOAL.replace("name: level", "name: levle")}, "goals", "Goal 1, condition 1: There is no series 'levle'"),
        ({"goals": GOAL.replace("series", "weather")}, "goals", "Goal 1, condition 1: The subject is one of metric"),
        ({"goals": GOAL.replace("value: 3", "value: high")}, "goals", "Goal 1, condition 1: Give value"),
        ({"goals": GOAL.replace("value: 3", "value: .inf")}, "goals", "Line 7: not valid YAML"),
        ({"goals": GOAL.replace("value: 3", "arm: three")}, "goals", "Goal 1, condition 1: The arms are one, two."),
        ({"goals": GOAL.replace("name: level", "name: [x]")}, "goals", "Goal 1, condition 1: Give subject"),
        (
            {"goals": GOAL + "      arm: two\n", "arms": "- one"},
            "goals",
            "Goal 1, condition 1: The arm two does not run in this scenario: its arms are one.",
        ),
        ({"goals": GOAL + "      for_s: 900\n"}, "goals", "Goal 1, condition 1: for_s is from 0 to less than the run's"),
        ({"goals": GOAL + "      for_s: -1\n"}, "goals", "Goal 1, condition 1: for_s is from 0"),
        ({"goals": GOAL.replace("series", "mark").replace("level", "state")}, "goals", "A mark is told by its value"),
        (
            {"goals": GOAL.replace("series", "change").replace("level", "weight")},
            "goals",
            "weight can only be set before a run",
        ),
        ({"goals": GOAL + "      arm: one\n      than_arm: one\n"}, "goals", "An arm cannot be compared with itself."),
        ({"goals": GOAL.replace("get-there", "Get there!")}, "goals", "Goal 1: “id”: only small letters"),
        ({"goals": GOAL + GOAL}, "goals", "Two goals have the same id."),
        ({"lab": "nothing"}, "lab", "Select a valid choice"),
        ({"slug": "Not_A_Slug"}, "slug", "only small letters, digits and single hyphens"),
        ({"text": "[gone](/lessons/nowhere/)"}, "text", "Line 1: there is no lesson “nowhere”"),
        ({"title": ""}, "title", "required"),
    ],
)
def test_what_is_wrong_is_said_in_words_and_nothing_is_written(
    admin: Client, tick: None, wrong: dict[str, str], field: str, words: str
) -> None:
    response = admin.post(f"{LIST}add/", form(**wrong))
    assert response.status_code == 200
    errors = response.context["adminform"].form.errors
    assert words in " ".join(errors[field]), errors
    assert not Scenario.objects.exists()
    assert not ScenarioSource.objects.exists()


def test_a_refused_edit_leaves_the_row_and_shows_what_was_typed(admin: Client, tick: None) -> None:
    admin.post(f"{LIST}add/", form(parameters="level: 4"))
    scenario = Scenario.objects.get()
    page = admin.post(page_of(scenario), form(parameters="level: 99", slug="Bad Slug")).content.decode()
    assert "level: 99" in page
    assert Scenario.objects.get().parameters == {"level": 4}
    assert Scenario.history.count() == 1


def test_a_field_left_empty_has_the_value_that_the_model_wants() -> None:
    assert YamlField(empty=dict, required=False).clean("# only a remark") == {}
    assert YamlField(required=False).clean("") is None


# Beside the form


def test_the_labs_own_names_stand_beside_the_form(admin: Client, tick: None) -> None:
    shown = admin.get(f"{LIST}reference/?lab=tick").content.decode()
    for part in (
        "<code>level</code> Level",
        "0.0 to 10.0 m; default <code>1.0</code>",
        "Kicks the box.",
        "Doubled.",
        "mean_level",
    ):
        assert part in shown
    assert "before the run only" in shown
    assert admin.get(f"{LIST}reference/?lab=nothing").status_code == 404
    assert admin.post(f"{LIST}reference/?lab=tick").status_code == 405


def test_the_form_links_to_the_lab_as_it_is_set_up(admin: Client, material: MaterialFolder) -> None:
    scenario = Scenario.objects.get()
    page = admin.get(page_of(scenario)).content.decode()
    assert 'href="/labs/circuit-breaker/?scenario=slow-service"' in page
    assert "failure_rate" in page
    Scenario.objects.update(published=False)
    assert "Try it in the lab (not published)" in admin.get(page_of(scenario)).content.decode()


def test_a_draft_is_tried_by_instructors_and_seen_by_nobody_else(
    admin: Client, client: Client, material: MaterialFolder
) -> None:
    Scenario.objects.update(published=False)
    page = "/labs/circuit-breaker/?scenario=slow-service"
    assert "not published" in admin.get(page).content.decode()
    assert client.get(page).context["scenario"] is None
    order = {"scenario": "slow-service", "duration_s": 10.0}

    def asked(visitor: Client) -> Any:
        return visitor.post("/labs/circuit-breaker/runs/", order, content_type="application/json").json()

    assert asked(client)["errors"] == {"scenario": "This lab has no such scenario."}
    assert asked(admin)["scenario"] == "slow-service"


def test_goals_are_told_back_in_words(admin: Client, tick: None) -> None:
    admin.post(f"{LIST}add/", form(goals=GOAL + "      for_s: 2\n"))
    page = admin.get(page_of(Scenario.objects.get())).content.decode()
    assert "Level of some variant is above 3 m for 2 s" in page


def test_the_text_is_previewed_as_the_labs_page_shows_it(admin: Client, client: Client, material: MaterialFolder) -> None:
    text = "Watch *who* waits.\n\n<script>alert(1)</script>"
    Scenario.objects.update(text=text)
    made = admin.post(f"{LIST}preview/", {"body": text}).content.decode()
    page = client.get("/labs/circuit-breaker/?scenario=slow-service").content.decode()
    assert "<p>Watch <em>who</em> waits.</p>" in made
    assert "<p>Watch <em>who</em> waits.</p>" in page
    assert "<script>alert" not in made + page


# The row and its file


def in_conflict(material: MaterialFolder) -> Scenario:
    Scenario.objects.update(title="Edited here")
    material.write(FILE, SCENARIO.replace("0.4", "0.6"))
    material.load()
    return Scenario.objects.get()


def test_a_conflict_is_seen_in_the_list_and_the_form_and_shown_side_by_side(admin: Client, material: MaterialFolder) -> None:
    scenario = in_conflict(material)
    assert page_of(scenario, "difference") in admin.get(LIST).content.decode()
    assert "See the difference and take a side" in admin.get(page_of(scenario)).content.decode()
    page = admin.get(page_of(scenario, "difference")).content.decode()
    assert '<td class="left">title: Edited here</td>' in page
    assert '<td class="right">  failure_rate: 0.6</td>' in page
    assert FILE in page


def test_the_list_asks_for_all_its_rows_at_once(
    admin: Client, material: MaterialFolder, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for number in range(8):
        material.write(f"scenarios/slow-{number}.md", SCENARIO.replace("slow-service", f"slow-{number}"))
    material.load()
    with django_assert_max_num_queries(12):
        page = admin.get(LIST).content.decode()
    assert page.count("from its file") == 9


@pytest.mark.parametrize(
    ("side", "title", "rate", "next_load"),
    [("file", "A slow service", 0.6, "unchanged"), ("admin", "Edited here", 0.4, "edited")],
)
def test_either_side_is_taken(
    admin: Client, instructor: User, material: MaterialFolder, side: str, title: str, rate: float, next_load: str
) -> None:
    scenario = in_conflict(material)
    admin.post(page_of(scenario, "difference"), {"side": side})
    scenario.refresh_from_db()
    assert (scenario.title, scenario.parameters) == (title, {"failure_rate": rate})
    assert not ScenarioSource.objects.get().in_conflict
    assert material.load()["slow-service"] == next_load
    assert (scenario.history.first().history_user == instructor) is (side == "file")


def test_a_side_is_not_taken_unseen(admin: Client, material: MaterialFolder) -> None:
    scenario = in_conflict(material)
    seen = admin.get(page_of(scenario, "difference")).context["seen"]
    material.write(FILE, SCENARIO.replace("0.4", "0.7"))
    material.load()
    page = admin.post(page_of(scenario, "difference"), {"side": "file", "seen": seen})
    assert "has changed since this page was made" in page.content.decode()
    assert admin.post(page_of(scenario, "difference"), {}).status_code == 200
    assert ScenarioSource.objects.get().in_conflict
    assert Scenario.objects.get().parameters == {"failure_rate": 0.4}


def test_sides_are_taken_from_the_list_too(admin: Client, material: MaterialFolder) -> None:
    scenario = in_conflict(material)
    sent = {"action": "keep_admins", "_selected_action": [str(scenario.pk)]}
    assert "kept the admin&#x27;s side" in admin.post(LIST, sent, follow=True).content.decode()
    assert not ScenarioSource.objects.get().in_conflict
    assert "Nothing was in conflict" in admin.post(LIST, sent, follow=True).content.decode()


# Who may


@pytest.mark.parametrize("part", ["", "add/", "reference/?lab=circuit-breaker", "1/change/", "1/difference/", "1/history/"])
def test_learners_and_staff_without_permission_stay_out(
    material: MaterialFolder, person: Callable[..., User], signed_in: SignedIn, part: str
) -> None:
    address = LIST + part.replace("1/", f"{Scenario.objects.get().pk}/")
    for client in (signed_in(person("sam", is_staff=True)), signed_in(person("lea")), Client()):
        response = client.get(address)
        assert response.status_code in (302, 403), address
        assert b"slow-service" not in response.content
        assert client.post(address, {"side": "file"}).status_code in (302, 403, 405)


def test_who_may_only_look_takes_no_side(material: MaterialFolder, person: Callable[..., User], signed_in: SignedIn) -> None:
    from django.contrib.auth.models import Permission

    scenario = in_conflict(material)
    reader = person("rita", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_scenario"))
    client = signed_in(reader)
    assert client.get(page_of(scenario)).status_code == 200
    assert client.post(page_of(scenario), form(lab="circuit-breaker")).status_code == 403
    assert client.post(page_of(scenario, "difference"), {"side": "file"}).status_code == 403
    assert ScenarioSource.objects.get().in_conflict


def test_instructors_open_every_page(admin: Client, material: MaterialFolder) -> None:
    scenario: Any = Scenario.objects.get()
    for path in (LIST, f"{LIST}add/", *(page_of(scenario, part) for part in ("change", "history", "difference", "delete"))):
        assert admin.get(path).status_code == 200, path
