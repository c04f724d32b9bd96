"""Runs in the admin: to be looked at."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from labs.models import Run
from labs.permissions import grant_instructors

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("dispatched")]


@pytest.fixture
def instructor(client: Client) -> Client:
    grant_instructors()
    grant_instructors()
    user = get_user_model().objects.create_user("grace", "grace@example.org", "a long password", is_staff=True)
    user.groups.add(Group.objects.get(name="instructors"))
    client.force_login(user)
    return client


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
    assert client.get(reverse("admin:labs_run_changelist")).status_code in (302, 403)
