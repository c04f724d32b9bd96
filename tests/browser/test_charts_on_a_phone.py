"""What a phone shows of the charts at first, and how the rest is had."""

import pytest
from playwright.sync_api import Page, expect


@pytest.fixture(autouse=True)
def phone(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})


def test_a_variant_has_its_first_charts_until_all_are_asked_for(page: Page, site: str) -> None:
    page.goto(f"{site}/labs/decorator-order/")
    charts = page.locator(".multiple").first.locator(".multiple-chart")
    expect(charts).to_have_count(4)
    more = page.get_by_role("button", name="All 7 charts of each variant")
    more.click()
    expect(charts).to_have_count(7)
    expect(more).to_be_hidden()
    expect(charts.last.locator("canvas")).to_be_visible()


def test_a_strip_shows_the_variant_of_the_picture(page: Page, site: str) -> None:
    page.goto(f"{site}/labs/load-balancer/")
    expect(page.locator(".arm-tabs [aria-pressed=true]")).to_have_text("Round robin")
    chosen = page.locator(".heat-chooser select").first
    expect(chosen).to_have_value("round-robin")
    page.locator(".arm-tabs button", has_text="Random").click()
    expect(chosen).to_have_value("random")


def test_each_line_of_a_small_chart_has_its_dash_beside_its_name(page: Page, site: str) -> None:
    page.goto(f"{site}/labs/decorator-order/")
    named = page.locator(".multiple").first.locator(".multiple-title.several").first.locator(".multiple-values > span")
    expect(named).to_have_count(3)
    dashes = named.locator("path").evaluate_all("(paths) => paths.map((path) => path.getAttribute('stroke-dasharray'))")
    assert len(set(dashes)) == 3
