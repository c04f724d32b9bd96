"""Blanks in a text, in a real browser: saved as one answer, kept through a reload, the one that cannot be read is marked."""

from playwright.sync_api import BrowserContext, expect

from quizzes.services.start import attempt_start
from tests.browser.test_quiz import opened, question, saved, signed_in
from tests.quizzes.bank import person, quiz, values_of
from tests.quizzes.bank import question as made


def test_blanks_are_one_answer(context: BrowserContext, site: str) -> None:
    made("cloze", "cloze")
    attempt = attempt_start(person(), quiz(sections=[{"questions": ["cloze"]}]))
    page = opened(signed_in(context, site, attempt), site, attempt)
    words, state, number = (question(page, 1).locator(f'[data-field="{key}"]') for key in "123")
    number.fill("soon")
    expect(question(page, 1).locator("[data-question-error]")).to_contain_text("Blank 3: Write a number")
    expect(number).to_have_attribute("aria-invalid", "true")
    expect(words).to_have_attribute("aria-invalid", "false")
    number.fill("2227 s")
    words.fill("unavailable")
    state.select_option(index=1)
    expect(question(page, 1).locator("[data-question-error]")).to_be_hidden()
    saved(page)
    assert values_of(attempt, 1)[-1] == {"1": "unavailable", "2": "1", "3": "2227 s"}
    page.reload()
    expect(words).to_have_value("unavailable")
    expect(state).to_have_value("1")
    question(page, 1).get_by_role("button", name="Take answer back").click()
    expect(words).to_have_value("")
    saved(page)
    assert values_of(attempt, 1)[-1] is None
