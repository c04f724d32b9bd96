"""Runs inside questions, in a real browser: a time is taken from a chart, a run started in another tab appears by itself."""

import pytest
from playwright.sync_api import BrowserContext, expect

from quizzes.models import Attempt
from quizzes.services.start import attempt_start
from tests.browser.test_quiz import opened, question, saved, signed_in
from tests.quizzes.bank import person, quiz, values_of
from tests.quizzes.bank import question as asked
from tests.quizzes.own_runs import own_run, parameters


@pytest.fixture
def attempt(site: str) -> Attempt:
    asked("reading", "read-the-run")
    asked("goal", "lab-goal")
    return attempt_start(person(), quiz(sections=[{"questions": ["reading", "goal"]}]))


def test_a_run_is_read_and_another_is_named(context: BrowserContext, site: str, attempt: Attempt) -> None:
    page = opened(signed_in(context, site, attempt), site, attempt)
    reading, goal = question(page, 1), question(page, 2)

    chart = reading.locator(".plot .u-over").first
    width = chart.evaluate("over => over.clientWidth")
    chart.click(position={"x": width / 2, "y": 40})  # in the middle of 40 s
    take = reading.locator("[data-take-time]")
    expect(take).to_have_text("Take 0:20.0 from the chart")
    take.click()
    reading.locator(".letters .choice").nth(1).click()
    reading.get_by_role("button", name="Table").first.click()
    expect(reading.locator(".chart-table tbody tr")).to_have_count(80)  # every bin, so that it can be read without seeing

    expect(goal.locator("[data-no-runs]")).to_be_visible()
    good = own_run(attempt.user)
    own_run(attempt.user, parameters=parameters(keys=400))
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    runs = goal.locator(".run-row")
    expect(runs).to_have_count(2)
    expect(runs.nth(0).locator("input")).to_be_disabled()
    expect(runs.nth(0)).to_contain_text("must stay 500")
    link = goal.locator("[data-run-link]")
    link.fill(f"{site}/labs/runs/{own_run(attempt.user, lab='retry-storm').pk}/")
    link.blur()
    expect(goal.locator("[data-question-error]")).to_contain_text("a run of another lab")
    expect(page.locator(".attempt-side [data-answered]")).to_have_text("1")  # what is refused is no answer
    runs.nth(1).locator("input").check()
    expect(goal.locator("[data-question-error]")).to_be_hidden()
    expect(page.locator(".attempt-side [data-answered]")).to_have_text("2")
    saved(page)
    assert values_of(attempt, 1)[-1] == {"which": "B", "when": "0:20.0"}
    assert values_of(attempt, 2) == [f"{good.pk}@1"]

    page.reload()
    expect(goal.locator(".run-row input").nth(1)).to_be_checked()
    expect(reading.locator('[data-part="when"]')).to_have_value("0:20.0")
