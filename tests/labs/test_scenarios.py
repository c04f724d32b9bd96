"""What instructors write in the admin is checked by the lab that it sets up."""

from typing import Any

import orjson
import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from labs.models import Run, Scenario
from labs.permissions import grant_instructors

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("dispatched")]
GOAL = {"id": "g", "text": "Get there", "conditions": [{"subject": "series", "name": "level", "operator": ">", "value": 3}]}


@pytest.fixture
def instructor(client: Client) -> Client:
    grant_instructors()
    grant_instructors()
    user = get_user_model().objects.create_user("grace", "grace@example.org", "a long password", is_staff=True)
    user.groups.add(Group.objects.get(name="instructors"))
    client.force_login(user)
    return client


def form(**fields: Any) -> dict[str, Any]:
    written = {"parameters": {}, "arms": [], "goals": []} | fields
    encoded = {name: orjson.dumps(written[name]).decode() for name in ("parameters", "arms", "goals")}
    plain = {"title": "Up", "slug": "up", "lab": "tick", "world": "simulated", "open_control": "level", "position": 1}
    return plain | written | encoded


def test_an_instructor_writes_a_scenario_and_its_history_is_kept(instructor: Client) -> None:
    add = reverse("admin:labs_scenario_add")
    assert instructor.get(add).status_code == 200
    response = instructor.post(add, form(parameters={"level": 4}, goals=[GOAL], published="on"))
    assert response.status_code == 302, response.context["adminform"].form.errors
    scenario = Scenario.objects.get()
    assert scenario.goals == [GOAL]
    edit = reverse("admin:labs_scenario_change", args=[scenario.pk])
    assert instructor.post(edit, form(parameters={"level": 5}, published="on")).status_code == 302
    assert [row.parameters for row in scenario.history.order_by("history_id")] == [{"level": 4}, {"level": 5}]
    assert b"Up" in instructor.get(reverse("admin:labs_scenario_changelist")).content


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"parameters": {"level": 99}}, "parameters"),
        ({"parameters": {"nothing": 1}}, "parameters"),
        ({"parameters": [1]}, "parameters"),
        ({"arms": ["three"]}, "arms"),
        ({"arms": "one"}, "arms"),
        ({"world": "live"}, "world"),
        ({"duration_s": -5}, "duration_s"),
        ({"seed": -5}, "seed"),
        ({"open_control": "nothing"}, "open_control"),
        ({"goals": [1]}, "goals"),
        ({"goals": [{"id": "g"}]}, "goals"),
        ({"goals": [GOAL | {"conditions": []}]}, "goals"),
        ({"goals": [GOAL | {"conditions": [{"subject": "series", "name": "nothing"}]}]}, "goals"),
        ({"goals": [GOAL | {"conditions": [{"subject": "weather", "name": "rain"}]}]}, "goals"),
        ({"goals": [GOAL | {"conditions": [{"subject": "metric", "name": "mean_level", "value": "high"}]}]}, "goals"),
        ({"goals": [GOAL | {"conditions": [{"subject": "metric", "name": "mean_level", "arm": "three"}]}]}, "goals"),
        ({"goals": [GOAL | {"conditions": [{"subject": "metric", "name": ["x"]}]}]}, "goals"),
        ({"goals": [GOAL, GOAL]}, "goals"),
        ({"lab": "nothing"}, "lab"),
    ],
)
def test_what_the_lab_does_not_take_is_said_at_its_field(instructor: Client, wrong: Any, field: str) -> None:
    response = instructor.post(reverse("admin:labs_scenario_add"), form(**wrong))
    assert response.status_code == 200
    assert field in response.context["adminform"].form.errors
    assert not Scenario.objects.exists()


def test_an_instructor_looks_at_runs_but_cannot_rewrite_them(instructor: Client) -> None:
    state = Client().post("/labs/tick/runs/", {"seed": 1}, content_type="application/json").json()
    page = reverse("admin:labs_run_change", args=[state["id"]])
    shown = instructor.get(page)
    assert shown.status_code == 200
    assert Run.objects.get().visitor.encode() not in shown.content
    assert instructor.post(page, {"status": "finished"}).status_code == 403
    assert instructor.post(reverse("admin:labs_run_delete", args=[state["id"]])).status_code == 403
    assert instructor.get(reverse("admin:labs_run_changelist")).status_code == 200
    assert Run.objects.get().status == "queued"


def test_a_learner_has_no_business_in_the_admin(client: Client) -> None:
    client.force_login(get_user_model().objects.create_user("ada", "ada@example.org", "a long password"))
    assert client.get(reverse("admin:labs_scenario_changelist")).status_code in (302, 403)
