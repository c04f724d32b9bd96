"""The instructors' admin in a real browser, under the real policy."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import User
from courses.instructors import grant_instructors
from courses.loading.load import load_material
from courses.models import Lesson
from labs.models import Scenario


@pytest.fixture
def admin(site: str, page: Page) -> Iterator[Page]:
    """An instructor's page; whatever the browser complains of fails the test."""
    load_material()
    user: User = User.objects.create_user("ines", "ines@example.org", "long enough a word", is_staff=True)
    user.groups.add(grant_instructors())
    client = Client()
    client.force_login(user)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": site}])
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert complaints == []


def test_a_scenario_is_set_up_with_the_labs_names_in_sight(admin: Page, site: str) -> None:
    admin.goto(f"{site}/admin/labs/scenario/add/")
    expect(admin.locator(".reference")).to_contain_text("Choose a lab")
    admin.get_by_label("Title").fill("Half of the calls fail")
    admin.get_by_label("Lab:").select_option("circuit-breaker")
    expect(admin.locator(".reference")).to_contain_text("failure_rate")
    admin.get_by_label("Parameters").fill("failure_rate: 0.5")
    admin.locator(".cm-content").press_sequentially("Watch *who* waits.")
    expect(admin.locator(".preview-pane em")).to_have_text("who")
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.locator(".messagelist")).to_contain_text("was added successfully")
    made = Scenario.objects.get(slug="half-of-the-calls-fail")
    assert (made.parameters, made.text) == ({"failure_rate": 0.5}, "Watch *who* waits.")


def test_what_is_shown_in_a_preview_is_no_part_of_the_form(admin: Page, site: str) -> None:
    lesson = Lesson.objects.get(slug="circuit-breakers-and-fallbacks")
    admin.goto(f"{site}/admin/courses/lesson/{lesson.pk}/change/")
    check = admin.locator(".preview-pane").get_by_role("button", name="Check").first
    expect(check).to_be_visible()
    assert check.evaluate("button => button.form === null")
    assert admin.evaluate("![...new FormData(document.querySelector('#lesson_form')).keys()].includes('answer')")


@pytest.mark.parametrize("width", [390, 1440])
def test_no_page_scrolls_sideways(admin: Page, site: str, width: int) -> None:
    admin.set_viewport_size({"width": width, "height": 800})
    scenario = f"/admin/labs/scenario/{Scenario.objects.order_by('pk')[0].pk}"
    for path in ("/admin/", "/admin/labs/scenario/", f"{scenario}/change/", f"{scenario}/history/", "/admin/quizzes/question/"):
        admin.goto(f"{site}{path}")
        assert admin.evaluate("document.documentElement.scrollWidth") <= width, path
