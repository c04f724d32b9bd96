"""A mock round and its scoring in a real browser: what only the pages' scripts do."""

from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from labs.models import Run
from quizzes.interviews.models import Round, RoundRun, ScoredItem
from tests.browser.test_accessibility import sign_in
from tests.quizzes.interviews.prompts import WRITTEN, finished, let_time_pass, started, texts_of, through, write

PAD = ".pad:not([hidden]) textarea"
SELECT_NOTES = """() => {
  const range = document.createRange();
  range.selectNodeContents(document.querySelector("[data-notes]"));
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}"""


def opened(context: BrowserContext, site: str, user: User, address: str) -> Page:
    page = context.new_page()
    sign_in(page, site, user)
    page.goto(f"{site}{address}")
    expect(page.locator("[data-in-step]")).to_have_count(1)
    return page


def test_two_windows_a_lost_connection_and_the_change_that_reaches_the_lab(context: BrowserContext, site: str) -> None:
    round_ = started()
    write(round_, "requirements", WRITTEN)
    through(round_, "deep-dive")
    first, second = (opened(context, site, round_.user, round_.get_absolute_url()) for _ in range(2))
    expect(first.locator("[data-stage-words]")).to_have_text("Deep dive")

    context.set_offline(True)
    first.locator(PAD).fill("Written without a connection")
    expect(first.locator("[data-banner]")).to_contain_text("You are offline")
    write(round_, "deep-dive", "From another device")
    context.set_offline(False)
    first.reload()
    both = "From another device\n\n(written in another window)\nWritten without a connection"
    for page in (first, second):
        expect(page.locator(PAD)).to_have_value(both)
    expect(first.locator("[data-save-text]")).to_have_text("All notes saved")
    assert texts_of(round_, "deep-dive") == ["From another device", both]

    let_time_pass(round_, 31)
    for page in (first, second):
        page.evaluate("dispatchEvent(new Event('focus'))")  # as if the window were looked at again: it asks what is new
        expect(page.locator("[data-change]")).to_contain_text("traffic is ten times")
        expect(page.locator(".round-lab .ledger")).to_contain_text("200")
    assert Run.objects.count() == 1
    assert RoundRun.objects.get().change_t_s == 15.0

    first.locator("[data-end-stage]").click()
    first.locator("[data-stage-go]").click()
    expect(first.locator("[data-stage-words]")).to_have_text("Wrap-up")
    expect(first.locator('[data-pad-tab="wrap-up"]')).to_have_attribute("aria-pressed", "true")
    assert Round.objects.get().running


def test_evidence_is_quoted_and_points_given_by_keyboard(context: BrowserContext, site: str) -> None:
    round_ = finished()
    page = opened_for_scoring(context, site, round_)
    page.locator("[data-item]").first.focus()
    page.evaluate(SELECT_NOTES)
    for key in ("q", "2", "j", "0"):
        page.keyboard.press(key)
    expect(page.locator("[data-scored-count]")).to_have_text("2")
    expect(page.locator("[data-save-text]")).to_have_text("Everything saved")
    page.reload()
    expect(page.locator("[data-item] [data-quotation]").first).to_have_value(WRITTEN)
    newest = ScoredItem.objects.filter(item=page.locator("[data-item]").first.get_attribute("data-item")).order_by(
        "-client_seq"
    )[0]
    assert (newest.points, newest.quotation) == (2, WRITTEN)


def opened_for_scoring(context: BrowserContext, site: str, round_: Round) -> Page:
    page = context.new_page()
    sign_in(page, site, round_.user)
    page.goto(f"{site}/interviews/rounds/{round_.uuid}/report/")
    page.get_by_role("button", name="Score yourself").click()
    expect(page.locator("[data-in-step]")).to_have_count(1)
    return page
