"""Inputs that are more than the browser's own: parts picked in a picture, partners, long texts."""

from playwright.sync_api import BrowserContext, expect

from quizzes.services.start import attempt_start
from tests.browser.test_quiz import opened, saved, signed_in
from tests.quizzes.bank import ESSAY, person, question, quiz, right_answer, values_of

TEXT = "Waiting makes retries.\n\n" + "Мы ждём. " * 900


def test_pictures_partners_and_texts_are_answered_and_kept(context: BrowserContext, site: str) -> None:
    question("diagram", "hot-spot")
    question("partners", "matching")
    question("text", "essay", ESSAY | {"min_words": 2, "max_words": 5})
    attempt = attempt_start(person(), quiz(sections=[{"questions": ["diagram", "partners", "text"]}]))
    page = opened(signed_in(context, site, attempt), site, attempt)
    diagram, partners, text = (page.locator(f"#q{number}") for number in (1, 2, 3))

    diagram.locator('.picture.wide .box[data-part="1"]').click()
    expect(diagram.get_by_label("Cache", exact=True)).to_be_checked()
    diagram.get_by_label("Queue", exact=True).focus()
    page.keyboard.press("Space")
    expect(diagram.locator('.picture.wide [data-part="3"]')).to_have_attribute("data-picked", "")
    diagram.get_by_label("Store", exact=True).click()  # a third of two
    expect(diagram.get_by_label("Store", exact=True)).not_to_be_checked()
    expect(diagram.locator("[data-picked-words]")).to_contain_text("2 of 2 picked. Take one back")

    partners.get_by_label("Own writes are seen").select_option(label="Read your writes")
    text.locator("textarea").fill("Six words are one too many.")
    expect(text.locator("[data-word-count]")).to_have_text("6 words, 1 more than asked for")
    context.set_offline(True)
    text.locator("textarea").fill(TEXT)
    expect(page.locator("[data-save-text]")).to_contain_text("Offline")
    context.set_offline(False)
    saved(page)
    page.reload()
    expect(page.locator("#attempt")).to_have_attribute("data-in-step", "yes")
    expect(text.locator("textarea")).to_have_value(TEXT.strip())
    expect(diagram.locator('.picture.wide [data-part="3"]')).to_have_attribute("data-picked", "")
    assert values_of(attempt, 1)[-1] == ["1", "3"]
    assert values_of(attempt, 2)[-1].items() < right_answer(attempt, 2).items()
    assert values_of(attempt, 3)[-1] == TEXT.strip()
