"""Practice, an interview part by part, and minutes given while somebody answers: what only a browser shows."""

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from quizzes.models import Attempt
from quizzes.services.extra_time import time_grant
from quizzes.services.start import attempt_start
from tests.browser.test_quiz import choose, opened, question, saved, signed_in
from tests.quizzes import bank


def begun(**rules: Any) -> Attempt:
    for slug in ("one", "two"):
        bank.question(slug, hints=("Think of the queue.",))
    return attempt_start(bank.person(), bank.quiz(**rules))


def place_of(attempt: Attempt, option: str) -> int:
    return int(attempt.questions.get(position=1).frozen["order"].index(option))


def test_practice_judges_hints_and_closes(context: BrowserContext, site: str) -> None:
    attempt = begun(mode="practice", certainty=True, time_limit_s=None, sections=[{"questions": ["one", "two"]}])
    page = opened(signed_in(context, site, attempt), site, attempt)
    card = question(page, 1)
    card.locator('[data-practice-step="check"]').click()
    expect(card.locator("[data-question-error]")).to_contain_text("Give an answer first")
    choose(page, 1, place_of(attempt, "wrong-one"))
    card.get_by_label("Very +3").check()
    card.locator('[data-practice-step="check"]').click()
    expect(card.locator("[data-verdict]")).to_contain_text("Not right")
    card.locator('[data-practice-step="hint"]').click()
    expect(card.locator(".hint")).to_contain_text("Think of the queue.")
    page.reload()
    expect(card.locator(".hint")).to_contain_text("Think of the queue.")
    expect(card.get_by_label("Very +3")).to_be_checked()
    choose(page, 1, place_of(attempt, "right-one"))
    page.keyboard.press("c")
    expect(card.locator("[data-verdict]")).to_contain_text("worth 57 %")
    expect(card).to_contain_text("explanation of one")
    expect(card.locator(".choice input").first).to_be_disabled()


@pytest.mark.slow
def test_an_interview_goes_part_by_part_and_hears_of_more_time(context: BrowserContext, site: str) -> None:
    parts = [
        {"title": "First", "questions": ["one"], "time_limit_s": 300},
        {"title": "Second", "questions": ["two"], "time_limit_s": 300},
    ]
    attempt = begun(mode="interview", time_limit_s=None, sections=parts)
    page = signed_in(context, site, attempt).new_page()
    page.goto(f"{site}/attempts/{attempt.uuid}/")
    page.get_by_role("button", name="Open part 1").click()
    choose(page, 1, 0)
    saved(page)
    time_grant([attempt], 5)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.locator("[data-extra]")).to_have_text("5 min + 5 min extra")
    page.locator(".attempt-side [data-open-hand-in]").click()
    page.get_by_role("button", name="End this part", exact=True).click()
    page.get_by_role("button", name="Open part 2").click()
    expect(question(page, 2)).to_be_visible()
    expect(question(page, 1)).to_have_count(0)
    page.locator(".attempt-side [data-open-hand-in]").click()
    page.get_by_role("button", name="Hand in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Breakers")
    assert Attempt.objects.get().status == "submitted"
