"""Groups in the picture, heat strips, small multiples and witnesses, on the labs that have them."""

import csv
import re
from io import StringIO

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import broken_rules

pytestmark = pytest.mark.usefixtures("worker", "complaints")
SLOW_MS = 60_000


def run(page: Page, site: str, lab: str, *, duration_s: float, arms: tuple[str, ...] = ()) -> None:
    """The lab's run of that length, computed to its end."""
    page.goto(f"{site}/labs/{lab}/")
    page.locator("summary", has_text="Variants, duration, seed").click()
    for box in page.locator(".arm-choices input").all() if arms else []:
        box.set_checked(box.get_attribute("value") in arms)
    duration = page.locator('.knob:has(> label:text-is("Duration")) input[type=number]')
    duration.fill(f"{duration_s:g}")
    duration.press("Enter")
    page.locator(".prediction .btn").last.click()
    page.wait_for_url("**/labs/runs/**")
    computed(page)


def computed(page: Page) -> None:
    expect(page.locator(".rail-known")).to_have_attribute("style", "width: 100%;", timeout=SLOW_MS)


def seek(page: Page, t: float) -> None:
    page.locator(".rail input").evaluate("(range, t) => { range.value = t; range.dispatchEvent(new Event('input')); }", t)


def heat_card(page: Page) -> Locator:
    return page.locator(".heat-card").first


def test_a_member_is_found_by_keys_told_in_words_and_killed(page: Page, site: str) -> None:
    run(page, site, "load-balancer", duration_s=30, arms=("random", "two-choices"))
    seek(page, 15)
    first = page.locator('.spot:not([tabindex="-1"])').first
    expect(page.locator('.spot:not([tabindex="-1"])')).to_have_count(1)  # one stop for Tab
    expect(first).to_have_attribute("aria-label", re.compile(r"^server-1: ready, \d of 1 busy"))
    first.focus()
    expect(page.locator(".spot-card")).to_contain_text("server-1")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".spot-card b")).to_have_text("server-2")
    assert page.locator(".player-time").inner_text().startswith("0:15.0")  # the playhead has not moved
    page.keyboard.press("Enter")
    expect(page.locator(".spot-card").get_by_role("button", name="Kill a server")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".ledger li")).to_contain_text("Kill a server: server-2")
    computed(page)
    seek(page, 20)
    page.get_by_text("The picture as a table").click()
    expect(page.locator(".stage-table tr.member", has_text="server-2")).to_contain_text("dead")
    expect(page.locator(".stage-table tr.member", has_text="server-1")).to_contain_text("ready")
    page.locator('.spot[aria-label^="server-2"]').click()
    expect(page.locator(".spot-card.pinned")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".spot-card.pinned")).to_be_hidden()


def test_a_strip_has_a_scale_a_cursor_a_table_and_goes_into_the_files(page: Page, site: str) -> None:
    run(page, site, "load-balancer", duration_s=30, arms=("random", "two-choices"))
    seek(page, 30)
    card = heat_card(page)
    expect(card.locator(".heat-ticks span").first).to_have_text("0")
    expect(card.locator("canvas.heat")).to_have_count(2)
    card.locator("canvas.heat").first.hover(position={"x": 150, "y": 8})
    expect(card.locator(".heat-readout")).to_contain_text("Random, server-1:")
    at = card.locator(".heat-readout .at").inner_text()
    expect(page.locator(".chart .readout .at").first).to_have_text(at)  # all charts show the same instant
    page.mouse.move(0, 0)
    card.get_by_label("Variants of").select_option("two-choices")
    expect(card.locator("canvas.heat")).to_have_count(1)
    card.get_by_role("button", name="Table").click()
    expect(card.locator("tbody th").first).to_have_text("server-1")
    page.locator("summary", has_text="Export").click()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Table (CSV)").click()
    head = next(csv.reader(StringIO(saved.value.path().read_text())))
    assert any(name.endswith(".server-1") for name in head)
    with page.expect_download() as picture:
        page.get_by_role("button", name="Picture and charts (PNG)").click()
    assert picture.value.path().read_bytes().startswith(b"\x89PNG")


def test_small_multiples_share_their_scales_and_the_overlay_is_a_click_away(page: Page, site: str) -> None:
    """The run is made once, and its page opened anew at each width."""
    page.set_viewport_size({"width": 390, "height": 900})
    run(page, site, "decorator-order", duration_s=30)
    for width in (390, 820, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        page.reload()
        computed(page)
        seek(page, 30)
        eight_multiples_and_an_overlay(page, width)


def eight_multiples_and_an_overlay(page: Page, width: int) -> None:
    cards = page.locator(".multiple")
    expect(cards).to_have_count(8)
    expect(cards.first.locator(".multiple-rule")).not_to_be_empty()
    tops = page.locator(".multiple .multiple-chart:nth-of-type(1)").evaluate_all(
        "(charts) => charts.map((chart) => Math.round(chart.getBoundingClientRect().height))"
    )
    assert len(set(tops)) == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_text("Overlaid", exact=True).click()
    expect(page.locator(".multiple")).to_have_count(0)
    expect(page.locator(".chart .plot canvas").first).to_be_visible()
    page.get_by_text("One each", exact=True).click()
    expect(cards).to_have_count(8)


def test_no_accessibility_rule_is_broken_by_groups_strips_and_witnesses(page: Page, site: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    run(page, site, "load-balancer", duration_s=30, arms=("random", "two-choices"))
    seek(page, 30)
    page.get_by_text("The picture as a table").click()
    heat_card(page).get_by_role("button", name="Table").click()
    expect(page.locator(".witness-table tbody tr").first).to_be_visible()
    expect(page.get_by_role("button", name="Run the same live")).to_be_enabled()
    assert broken_rules(page) == []
