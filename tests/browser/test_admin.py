"""The instructors' admin in a real browser, under the real policy."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from courses.instructors import grant_instructors
from courses.loading.load import load_material
from courses.models import Lesson
from labs.models import Scenario
from tests.site_material import one_lesson


@pytest.fixture
def admin(site: str, page: Page, tmp_path: Path) -> Iterator[Page]:
    """An instructor's page; whatever the browser complains of fails the test."""
    load_material(one_lesson(tmp_path))
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


def test_no_page_scrolls_sideways(admin: Page, site: str) -> None:
    scenario = f"/admin/labs/scenario/{Scenario.objects.order_by('pk')[0].pk}"
    paths = ("/admin/", "/admin/labs/scenario/", f"{scenario}/change/", f"{scenario}/history/", "/admin/quizzes/question/")
    for width in (390, 1440):
        admin.set_viewport_size({"width": width, "height": 800})
        for path in paths:
            admin.goto(f"{site}{path}")
            assert admin.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.usefixtures("worker")
def test_a_scenario_of_another_lab_is_written_tried_published_and_ticked_off(admin: Page, site: str, browser: Browser) -> None:
    admin.goto(f"{site}/admin/labs/scenario/add/")
    admin.get_by_label("Title").fill("Short and slow")
    admin.get_by_label("Lab:").select_option("load-balancer")
    expect(admin.locator(".reference")).to_contain_text("service_mean_s")
    admin.get_by_label("Published", exact=True).uncheck()
    admin.get_by_label("Parameters").fill("rate_rps: 40")
    admin.get_by_label("Arms:").fill("- random\n- two-choices")
    admin.get_by_label("Duration s:").fill("20")
    admin.get_by_label("Open control:").fill("rate_rps")
    admin.get_by_label("Goals:").fill(GOALS.replace("arm: random", "arm: peak-ewma"))
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.locator(".errorlist").last).to_contain_text(
        "Goal 2, condition 1: The arm peak-ewma does not run in this scenario"
    )
    admin.get_by_label("Goals:").fill(GOALS)
    admin.get_by_role("button", name="Save and continue editing").click()
    expect(admin.locator(".goals-read")).to_contain_text("the learner turns")
    admin.get_by_role("link", name="Try it in the lab (not published)").click()
    expect(admin.locator(".lab-scenario")).to_contain_text("not published")
    expect(admin.locator(".controls .knob")).to_have_count(1)
    expect(admin.locator(".goals li")).to_contain_text(["Turn the rate", "Answer somebody"])
    Scenario.objects.filter(slug="short-and-slow").update(published=True)
    learner = browser.new_context().new_page()
    learner.goto(f"{site}/labs/load-balancer/?scenario=short-and-slow")
    learner.get_by_role("button", name="Run").last.click()
    expect(learner.locator(".rail-known")).to_have_attribute("style", "width: 100%;", timeout=60_000)
    play_from(learner, 5.0)
    knob = learner.locator('[data-knob="rate_rps"] input[type=number]')
    knob.fill("50")
    knob.press("Enter")
    expect(learner.locator(".ledger li")).to_have_count(1)
    expect(learner.locator(".rail-known")).to_have_attribute("style", "width: 100%;", timeout=60_000)
    play_from(learner, 20.0)
    expect(learner.locator(".goals li.met")).to_contain_text(["Turn the rate", "Answer somebody"], timeout=20_000)
    expect(learner.locator(".goals li.met .when").first).to_have_text("0:05.0")


GOALS = """\
- id: turn
  text: Turn the rate
  conditions:
    - subject: change
      name: rate_rps
- id: answer
  text: Answer somebody
  conditions:
    - subject: metric
      name: goodput_rps
      arm: random
      operator: ">"
      value: 1
"""


def play_from(page: Page, t: float) -> None:
    page.locator(".rail input").evaluate("(range, t) => { range.value = t; range.dispatchEvent(new Event('input')); }", t)
