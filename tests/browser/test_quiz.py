"""The running attempt in a real browser: saving, connection lost and back, two tabs, another browser, the deadline."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from quizzes.models import Attempt
from quizzes.services.start import attempt_start
from tests.quizzes.bank import SECRET, bank, let_time_pass, person, quiz, values_of


@pytest.fixture
def attempt(site: str) -> Attempt:
    bank()
    return attempt_start(person(), quiz())


def signed_in(context: BrowserContext, site: str, attempt: Attempt) -> BrowserContext:
    client = Client()
    client.force_login(attempt.user)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
    return context


@pytest.fixture
def other_browser(browser: Browser) -> Iterator[BrowserContext]:
    """A second profile: nothing of the first one's storage."""
    context = browser.new_context()
    yield context
    context.close()


def opened(context: BrowserContext, site: str, attempt: Attempt) -> Page:
    page = context.new_page()
    page.goto(f"{site}/attempts/{attempt.uuid}/")
    expect(page.locator("#attempt")).to_have_attribute("data-ready", "yes")
    expect(page.locator("#attempt")).to_have_attribute("data-in-step", "yes")  # its first question to the server is answered
    return page


def question(page: Page, number: int) -> Locator:
    return page.locator(f'[data-question="{number}"]')


def choose(page: Page, number: int, option: int) -> None:
    question(page, number).locator(".choice").nth(option).click()


def saved(page: Page) -> None:
    expect(page.locator("[data-save-text]")).to_have_text("All answers saved")


def test_each_answer_is_saved_as_it_is_given(context: BrowserContext, site: str, attempt: Attempt) -> None:
    page = opened(signed_in(context, site, attempt), site, attempt)
    choose(page, 1, 1)
    choose(page, 2, 0)
    choose(page, 2, 2)
    question(page, 3).locator("input").fill("2,227")
    question(page, 4).locator('[data-move="1"]').first.click()
    saved(page)
    expect(question(page, 4).locator("[data-question-state]")).to_have_text("saved")
    expect(page.locator(".attempt-side [data-answered]")).to_have_text("4")
    assert values_of(attempt, 1)[-1] == "2"
    assert values_of(attempt, 2)[-1] == ["1", "3"]
    assert values_of(attempt, 3)[-1] == "2,227"
    assert values_of(attempt, 4)[-1] == ["2", "1", "3", "4"]


def test_the_source_of_a_running_attempt_holds_no_answer(context: BrowserContext, site: str, attempt: Attempt) -> None:
    page = opened(signed_in(context, site, attempt), site, attempt)
    source = page.content() + json.dumps(page.evaluate("() => [window.name, {...localStorage}, document.cookie]"))
    for given_away in (SECRET, "right-one", "wrong-one", "item-1", "unavailable", "rate_rps", "2227"):
        assert given_away not in source


def test_answers_given_offline_survive_a_reload_and_are_sent_later(
    context: BrowserContext, site: str, attempt: Attempt
) -> None:
    page = opened(signed_in(context, site, attempt), site, attempt)
    context.set_offline(True)
    choose(page, 1, 2)
    question(page, 3).locator("input").fill("17 requests")
    expect(page.locator("[data-save-text]")).to_have_text("Offline: will send 2 answers")
    expect(page.locator("[data-banner]")).to_contain_text("You are offline")
    assert values_of(attempt, 1) == []
    page.route("**/answers/", lambda route: route.abort())  # back on the network, but saves do not come through yet
    context.set_offline(False)
    page.reload()
    expect(question(page, 1).locator("input").nth(2)).to_be_checked()
    expect(question(page, 3).locator("input")).to_have_value("17 requests")
    page.unroute("**/answers/")
    saved(page)
    assert values_of(attempt, 1) == ["3"]
    assert values_of(attempt, 3) == ["17 requests"]


def test_a_lost_reply_does_no_harm(context: BrowserContext, site: str, attempt: Attempt) -> None:
    page = opened(signed_in(context, site, attempt), site, attempt)
    lost: list[Any] = []

    def lose_the_first_reply(route: Any) -> None:
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch())
            route.abort()

    page.route("**/answers/", lose_the_first_reply)
    choose(page, 1, 0)
    expect(page.locator("[data-save-text]")).to_have_text("Offline: will send 1 answer")
    choose(page, 1, 1)
    saved(page)
    assert values_of(attempt, 1) == ["1", "2"]


def test_two_tabs_show_the_same_answers(context: BrowserContext, site: str, attempt: Attempt) -> None:
    signed_in(context, site, attempt)
    one, other = opened(context, site, attempt), opened(context, site, attempt)
    choose(one, 1, 0)
    expect(question(other, 1).locator("input").nth(0)).to_be_checked()
    choose(other, 1, 2)
    expect(question(one, 1).locator("input").nth(2)).to_be_checked()
    question(other, 2).locator("[data-flag]").click()
    expect(question(one, 2).locator("[data-flag]")).to_have_attribute("aria-pressed", "true")
    saved(one)
    saved(other)
    assert values_of(attempt, 1) == ["1", "3"]


def test_another_browser_resumes_and_the_answer_given_last_counts(
    context: BrowserContext, other_browser: BrowserContext, site: str, attempt: Attempt
) -> None:
    one = opened(signed_in(context, site, attempt), site, attempt)
    choose(one, 1, 0)
    question(one, 3).locator("input").fill("5")
    saved(one)
    other = opened(signed_in(other_browser, site, attempt), site, attempt)
    expect(question(other, 1).locator("input").nth(0)).to_be_checked()
    expect(question(other, 3).locator("input")).to_have_value("5")
    choose(other, 1, 1)
    saved(other)
    choose(one, 1, 2)  # this window has not heard of the other's answer: same number, another value, given later
    saved(one)
    expect(question(one, 1).locator("input").nth(2)).to_be_checked()
    one.evaluate("() => window.dispatchEvent(new Event('focus'))")
    other.evaluate("() => window.dispatchEvent(new Event('focus'))")
    expect(question(other, 1).locator("input").nth(2)).to_be_checked()
    assert values_of(attempt, 1) == ["1", "2", "3"]


def test_an_older_offline_answer_gives_way_to_a_later_one(
    context: BrowserContext, other_browser: BrowserContext, site: str, attempt: Attempt
) -> None:
    one = opened(signed_in(context, site, attempt), site, attempt)
    other = opened(signed_in(other_browser, site, attempt), site, attempt)
    context.set_offline(True)
    choose(one, 1, 0)
    expect(one.locator("[data-save-text]")).to_have_text("Offline: will send 1 answer")
    choose(other, 1, 2)
    saved(other)
    context.set_offline(False)
    expect(one.locator("#toasts")).to_contain_text("A later answer from another window is kept")
    expect(question(one, 1).locator("input").nth(2)).to_be_checked()
    assert values_of(attempt, 1) == ["3"]


def test_a_refused_answer_is_named_at_its_question(context: BrowserContext, site: str, attempt: Attempt) -> None:
    page = opened(signed_in(context, site, attempt), site, attempt)
    question(page, 3).locator("input").fill("many")
    expect(question(page, 3).locator("[data-question-error]")).to_contain_text("Write a number")
    question(page, 3).locator("input").fill("12")
    expect(question(page, 3).locator("[data-question-error]")).to_be_hidden()
    saved(page)
    assert values_of(attempt, 3) == ["12"]


def test_keys_answer_and_walk(context: BrowserContext, site: str, attempt: Attempt) -> None:
    page = opened(signed_in(context, site, attempt), site, attempt)
    page.locator(".attempt-side [data-set-layout=one]").click()
    page.keyboard.press("2")
    page.keyboard.press("f")
    page.keyboard.press("j")
    expect(question(page, 1)).to_be_hidden()
    page.keyboard.press("3")
    page.keyboard.press("j")
    page.locator("[data-question='3'] input").fill("7")
    page.locator("[data-question='3'] input").press("j")
    expect(question(page, 3).locator("input")).to_have_value("7j")  # keys rest while somebody types
    page.locator("[data-question='3'] input").fill("7")
    saved(page)
    assert values_of(attempt, 1) == ["2"]
    assert values_of(attempt, 2) == [["3"]]
    assert attempt.questions.get(position=1).flagged


def test_the_answer_can_be_taken_back(context: BrowserContext, site: str, attempt: Attempt) -> None:
    page = opened(signed_in(context, site, attempt), site, attempt)
    choose(page, 1, 0)
    saved(page)
    question(page, 1).locator("[data-clear]").click()
    expect(page.locator(".attempt-side [data-answered]")).to_have_text("0")
    saved(page)
    assert values_of(attempt, 1) == ["1", None]


def test_handing_in_lists_what_is_open_and_leads_to_the_review(context: BrowserContext, site: str, attempt: Attempt) -> None:
    page = opened(signed_in(context, site, attempt), site, attempt)
    choose(page, 1, 0)
    page.locator(".attempt-side [data-open-hand-in]").click()
    expect(page.locator("#hand-in")).to_contain_text("Without an answer: question 2, question 3, question 4")
    page.locator("#hand-in").get_by_role("button", name="Hand in").click()
    expect(page.get_by_text("Review of attempt 1")).to_be_visible()
    attempt.refresh_from_db()
    assert attempt.status == Attempt.Status.SUBMITTED


def test_handing_in_offline_waits_for_the_connection(context: BrowserContext, site: str, attempt: Attempt) -> None:
    page = opened(signed_in(context, site, attempt), site, attempt)
    context.set_offline(True)
    choose(page, 1, 0)
    page.locator(".attempt-side [data-open-hand-in]").click()
    page.locator("#hand-in").get_by_role("button", name="Hand in").click()
    expect(page.locator("#hand-in")).to_contain_text("1 answer waits for the connection")
    context.set_offline(False)
    expect(page.get_by_text("Review of attempt 1")).to_be_visible()
    assert values_of(attempt, 1) == ["1"]


def test_the_page_hands_in_when_its_clock_ends(context: BrowserContext, site: str, attempt: Attempt) -> None:
    let_time_pass(attempt, 597)
    page = opened(signed_in(context, site, attempt), site, attempt)
    choose(page, 1, 0)
    expect(page.get_by_text("Review of attempt 1")).to_be_visible(timeout=10_000)
    attempt.refresh_from_db()
    assert attempt.status == Attempt.Status.SUBMITTED
    assert values_of(attempt, 1) == ["1"]


def test_the_clock_warns_in_words_and_can_be_hidden(context: BrowserContext, site: str, attempt: Attempt) -> None:
    let_time_pass(attempt, 298)
    page = opened(signed_in(context, site, attempt), site, attempt)
    expect(page.locator("[data-announce]")).to_have_text("Five minutes left.", timeout=8_000)
    page.locator("[data-hide-clock]").click()
    expect(page.locator("[data-time]")).to_have_text("hidden")
    page.reload()
    expect(page.locator("[data-time]")).to_have_text("hidden")


def test_a_page_left_open_past_the_deadline_says_what_came_too_late(
    context: BrowserContext, site: str, attempt: Attempt
) -> None:
    page = opened(signed_in(context, site, attempt), site, attempt)
    let_time_pass(attempt, 3600)
    choose(page, 1, 0)
    expect(page.locator("[data-banner]")).to_contain_text("1 answer came too late")
    assert values_of(attempt, 1) == []
    attempt.refresh_from_db()
    assert attempt.status == Attempt.Status.EXPIRED
