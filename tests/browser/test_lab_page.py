"""The lab's page in a real browser: run, pause, scrub, break, take back, fork, reload, tables, keys, phone, accessibility."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from courses.loading.load import load_material
from tests.browser.axe import broken_rules
from tests.site_material import one_lesson

pytestmark = pytest.mark.usefixtures("worker", "complaints")

RUN_ADDRESS = re.compile(r"/labs/runs/[0-9a-f-]{36}/$")
SLOW_MS = 60_000
LEFT_OUT = ("consecutive", "windowed")


def lab(page: Page, site: str, query: str = "", without: tuple[str, ...] = LEFT_OUT) -> Page:
    """The lab before its run, with half of its arms: half of the work for the worker that all tests share."""
    page.goto(f"{site}/labs/circuit-breaker/{query}")
    expect(state(page)).to_have_text("Not started")
    page.locator("summary", has_text="Variants, duration, seed").click()
    for arm in without:
        page.locator(f'.arm-choices input[value="{arm}"]').uncheck()
    return page


def state(page: Page) -> Locator:
    return page.locator(".player-state")


def playhead(page: Page) -> float:
    """Seconds, from the clock in the player."""
    minutes, seconds = page.locator(".player-time").inner_text().split("/")[0].strip().split(":")
    return 60 * float(minutes) + float(seconds)


def run(page: Page) -> None:
    page.get_by_role("button", name="Run without a guess").click()
    page.wait_for_url(RUN_ADDRESS)
    expect(state(page)).to_have_text("Playing", timeout=SLOW_MS)


def pause_at(page: Page, t: float) -> None:
    """Pause once everything is computed, then move the playhead."""
    if state(page).inner_text() == "Playing":
        page.locator(".player .play").click()
    seek(page, t)


def seek(page: Page, t: float) -> None:
    expect(page.locator(".rail-known")).to_have_attribute("style", "width: 100%;", timeout=SLOW_MS)
    page.locator(".rail input").evaluate("(range, t) => { range.value = t; range.dispatchEvent(new Event('input')); }", t)
    expect(state(page)).not_to_have_text("Playing")


def to_the_end(page: Page) -> None:
    seek(page, 0)
    page.locator("h1").click()
    page.keyboard.press("End")
    expect(state(page)).to_have_text("The end", timeout=SLOW_MS)


def ledger(page: Page) -> Locator:
    return page.locator(".ledger li")


def break_the_service(page: Page) -> None:
    page.get_by_role("button", name="Break the service").click()


def state_words(page: Page) -> Locator:
    return page.locator(".stage-words")


# The life of a run


def test_before_the_run_the_picture_and_the_axes_are_there_and_refusals_are_said_in_words(
    page: Page, site: str, complaints: list[str]
) -> None:
    lab(page, site)
    expect(page.locator("canvas.picture")).to_have_attribute("aria-label", re.compile("Callers, Breaker, Service"))
    expect(page.locator(".chart .chart-hint").first).to_have_text("Run to draw this")
    expect(page.get_by_role("heading", name="Predict, then run")).to_be_visible()
    expect(page.get_by_role("button", name="Break the service")).to_be_disabled()
    assert_a_refusal_of_the_server_is_said(page)
    complaints.clear()  # the browser itself notes every answer above 399
    assert_a_knob_out_of_its_range_is_refused_at_the_field(page)


def assert_a_refusal_of_the_server_is_said(page: Page) -> None:
    message = {"limit": "runs_per_minute", "message": "At most 40 runs a minute. Wait a little."}
    page.route("**/labs/circuit-breaker/runs/", lambda route: route.fulfill(status=429, body=json.dumps(message)))
    page.get_by_role("button", name="Run without a guess").click()
    expect(page.locator(".lab-notices")).to_contain_text("At most 40 runs a minute")
    expect(page.get_by_role("button", name="Run without a guess")).to_be_enabled()


def assert_a_knob_out_of_its_range_is_refused_at_the_field(page: Page) -> None:
    knob = page.locator('[data-knob="rate_rps"] input[type=number]')
    knob.fill("-5")
    knob.press("Enter")
    expect(page.locator('[data-knob="rate_rps"] .error')).to_contain_text("Choose")
    expect(knob).to_have_attribute("aria-invalid", "true")


def test_a_prediction_is_asked_for_first_and_scored_at_the_end(page: Page, site: str) -> None:
    lab(page, site)
    page.get_by_role("button", name="Commit and run").click()
    expect(page.locator(".prediction .error")).to_contain_text("missing")
    page.locator(".guess-arms .choice").last.click()
    for slider in page.locator(".guess input[type=range]").all():
        slider.press("ArrowRight")
    page.get_by_role("button", name="Commit and run").click()
    page.wait_for_url(RUN_ADDRESS)
    expect(page.get_by_text("Scored when the run has played to its end.")).to_be_visible()
    expect(page.locator(".scored .badge")).to_have_count(0)
    to_the_end(page)
    expect(page.locator(".scored .badge").first).to_be_visible()


def test_a_run_plays_pauses_scrubs_and_ends_in_words_and_numbers(page: Page, site: str) -> None:
    run(lab(page, site))
    page.locator(".chart").last.scroll_into_view_if_needed()  # while a run plays, only what is in sight is drawn
    expect(page.locator(".chart .chart-hint").last).to_be_hidden(timeout=SLOW_MS)
    page.locator(".player .play").click()
    assert_what_has_not_been_played_is_hidden(page)
    pause_at(page, 30)
    expect(state(page)).to_have_text("Paused")
    assert playhead(page) == 30
    expect(page.locator("[data-part=result] .sentence")).to_have_count(0)
    to_the_end(page)
    expect(page.locator("[data-part=result] .sentence")).not_to_be_empty()
    expect(page.locator(".metrics tbody tr", has_text="error_rate").locator(".best")).not_to_have_count(0)
    assert_each_chart_has_a_table(page)
    assert_the_charts_are_saved_as_a_picture(page)
    assert_the_lines_that_ran_are_marked(page)


def assert_what_has_not_been_played_is_hidden(page: Page) -> None:
    seek(page, 5)
    assert page.locator(".rail-flags .flag").count() == 0
    table = page.locator(".chart").nth(1).get_by_role("button", name="Table")
    table.click()
    expect(page.locator(".chart-table tbody tr").last.locator("th")).to_have_text("0:05.0")
    table.click()
    expect(page.locator(".chart-table tbody tr:visible")).to_have_count(0)


def assert_each_chart_has_a_table(page: Page) -> None:
    buttons = page.locator(".chart header").get_by_role("button", name="Table")
    assert buttons.count() == page.locator(".chart").count()
    buttons.nth(1).click()
    expect(page.locator(".chart-table tbody tr").last.locator("th")).to_have_text("2:00.0")
    expect(buttons.nth(1)).to_have_attribute("aria-expanded", "true")


def assert_the_charts_are_saved_as_a_picture(page: Page) -> None:
    page.locator("summary", has_text="Export").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Picture and charts (PNG)").click()
    assert saved.value.suggested_filename.startswith("plimsoll-circuit-breaker-")
    assert saved.value.path().read_bytes().startswith(b"\x89PNG")


def assert_the_lines_that_ran_are_marked(page: Page) -> None:
    page.locator(".code-card").scroll_into_view_if_needed()
    expect(page.locator(".code-line.ran").first).to_be_attached(timeout=60_000)
    expect(page.locator(".code-card")).to_contain_text("Marked: lines that ran")


def test_a_change_at_the_playhead_makes_a_take_that_can_be_taken_back(page: Page, site: str) -> None:
    run(lab(page, site))
    pause_at(page, 20)
    break_the_service(page)
    expect(ledger(page)).to_have_count(1)
    expect(ledger(page)).to_contain_text("0:20.0")
    expect(page.locator(".ledger .badge")).to_have_text("take 2")
    expect(page.locator(".rail-known")).to_have_attribute("style", "width: 100%;", timeout=SLOW_MS)
    seek(page, 30)
    expect(state_words(page)).to_contain_text("Breaker open")
    expect(page.locator(".rail-flags .change")).to_have_count(1)
    page.get_by_role("button", name="Undo: Break the service").click()
    expect(ledger(page)).to_have_count(0)
    expect(page.locator(".ledger .badge")).to_have_text("take 3")
    seek(page, 30)
    expect(state_words(page)).to_contain_text("Breaker closed")


def test_a_knob_turned_while_it_plays_is_a_row_of_the_ledger_and_a_fork_shares_the_past(page: Page, site: str) -> None:
    run(lab(page, site))
    pause_at(page, 15)
    knob = page.locator('[data-knob="rate_rps"] input[type=number]')
    knob.fill("40")
    knob.press("Enter")
    expect(ledger(page)).to_contain_text("40")
    seek(page, 10)
    expect(knob).to_have_value("120")
    seek(page, 18)
    expect(knob).to_have_value("40")
    seek(page, 25)
    first = page.url
    page.get_by_role("button", name="Fork here").click()
    expect(page.locator(".ledger")).to_contain_text("from this run at 0:25.0")
    assert page.url != first
    assert RUN_ADDRESS.search(page.url)
    expect(ledger(page)).to_have_count(1)


def test_the_permalink_shows_the_run_again_and_others_fork_it(page: Page, site: str, browser: Browser) -> None:
    run(lab(page, site))
    to_the_end(page)
    sentence = page.locator(".sentence").inner_text()
    page.reload()
    expect(page.locator(".sentence")).to_have_text(sentence, timeout=SLOW_MS)
    expect(state(page)).to_have_text("The end")
    stranger = browser.new_context()
    other = stranger.new_page()
    other.goto(page.url)
    expect(other.locator(".sentence")).to_have_text(sentence, timeout=SLOW_MS)
    seek(other, 20)
    expect(other.locator(".controls-when")).to_contain_text("someone else")
    break_the_service(other)
    expect(other.locator(".ledger")).to_contain_text("Forked from this run", timeout=SLOW_MS)
    assert other.url != page.url
    stranger.close()


def test_a_run_can_be_watched_while_it_is_computed_and_leads_to_a_new_one(page: Page, site: str) -> None:
    """The form has the values in force."""
    run(lab(page, site, "?set.rate_rps=60"))
    page.reload()
    expect(state(page)).to_have_text(re.compile("Playing|Computing|The end"), timeout=SLOW_MS)
    page.get_by_role("button", name="New run", exact=True).click()
    expect(state(page)).to_have_text("Not started")
    expect(page.locator('[data-knob="rate_rps"] input[type=number]')).to_have_value("60")
    expect(page.get_by_role("heading", name="Predict, then run")).to_be_visible()


def test_goals_tick_off_when_the_playhead_passes_them(page: Page, site: str) -> None:
    run(lab(page, site, without=("none", "consecutive", "windowed+fallback")))
    pause_at(page, 1)
    expect(page.locator(".goals li.met")).to_have_count(0)
    to_the_end(page)
    expect(page.locator(".goals li.met").first).to_be_visible()


# The page


def test_a_scene_opens_one_control_and_presets_the_rest(page: Page, site: str) -> None:
    lab(page, site)
    page.get_by_role("button", name="Half broken is worse").click()
    expect(page.locator(".controls .knob")).to_have_count(1)
    expect(page.locator('.controls [data-knob="failure_rate"]')).to_be_visible()
    expect(page.locator(".scene-body .watch")).to_be_visible()
    page.get_by_role("button", name="Full panel").click()
    assert page.locator(".controls .knob").count() > 5
    assert_the_theme_is_kept_without_a_flash(page, site)


def assert_the_theme_is_kept_without_a_flash(page: Page, site: str) -> None:
    page.locator("[data-theme-menu] summary").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto(f"{site}/labs/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_keyboard_alone_is_enough(page: Page, site: str) -> None:
    run(lab(page, site))
    pause_at(page, 20)
    page.locator('[data-knob="rate_rps"] input[type=number]').press("ArrowRight")
    assert playhead(page) == 20, "where a number is typed, a key is the field's"
    page.locator("h1").click()
    page.keyboard.press("ArrowRight")
    assert playhead(page) == 20.5
    page.keyboard.press("Shift+ArrowLeft")
    assert playhead(page) == 15.5
    page.keyboard.press("+")
    expect(page.locator(".player select")).to_have_value("8")
    page.keyboard.press("1")
    expect(page.locator('.arm-tabs [aria-pressed="true"]')).to_have_text("No breaker")
    page.keyboard.press("0")
    expect(page.locator("canvas.picture")).to_have_count(2)
    page.keyboard.press(" ")
    expect(state(page)).to_have_text("Playing")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()


def test_no_width_scrolls_sideways_and_on_a_phone_the_player_stays_in_sight(page: Page, site: str) -> None:
    """The run is made once, and its page opened anew at each width."""
    page.set_viewport_size({"width": 390, "height": 780})
    run(lab(page, site))
    page.locator("#honesty").scroll_into_view_if_needed()
    expect(page.locator(".player .play")).to_be_in_viewport()
    for width in (360, 390, 820, 1440):
        page.set_viewport_size({"width": width, "height": 780})
        page.reload()
        to_the_end(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_reduced_motion_gives_numbers_in_place_of_symbols(page: Page, site: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    run(lab(page, site))
    assert picture_at(page, 20.1) == picture_at(page, 20.3)
    page.emulate_media(reduced_motion="no-preference")
    page.reload()
    assert picture_at(page, 20.1) != picture_at(page, 20.3)


def picture_at(page: Page, t: float) -> str:
    """The canvas' content, drawn for an instant. Two instants of one bin differ only by what moves."""
    pause_at(page, t)
    drawn = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    page.evaluate(drawn)
    return str(page.locator("canvas.picture").evaluate("(canvas) => canvas.toDataURL()"))


def test_no_accessibility_rule_is_broken(page: Page, site: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    lab(page, site)
    page.evaluate("() => document.querySelectorAll('details.knob-group').forEach((group) => { group.open = true; })")
    assert broken_rules(page) == []
    run(page)
    to_the_end(page)
    for button in page.locator(".chart header").get_by_role("button", name="Table").all():
        button.click()
    assert broken_rules(page) == []


def test_a_lost_connection_is_said_and_comes_back(page: Page, site: str, complaints: list[str]) -> None:
    lab(page, site)
    page.route("**/events?*", lambda route: route.abort())
    page.get_by_role("button", name="Run without a guess").click()
    expect(page.locator(".lab-notices")).to_contain_text("Connection lost", timeout=SLOW_MS)
    page.unroute("**/events?*")
    expect(page.locator(".lab-notices")).to_be_empty(timeout=SLOW_MS)
    to_the_end(page)
    complaints.clear()  # the browser itself notes every request that failed


def test_a_lab_inside_a_lesson_runs_with_one_open_control(page: Page, site: str, tmp_path: Path) -> None:
    load_material(one_lesson(tmp_path))
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{site}/lessons/circuit-breakers-and-fallbacks/")
        inline = page.locator("[data-lab-inline]").first
        address = page.url
        inline.get_by_role("button", name="Run", exact=True).click()
        expect(inline.locator(".player-state")).to_have_text("Playing", timeout=SLOW_MS)
        assert inline.locator(".knob, .actions").count() == 1
        expect(inline.get_by_role("link", name="Full lab")).to_have_attribute("href", RUN_ADDRESS)
        assert page.url == address
        assert page.evaluate("document.documentElement.scrollWidth") <= width
