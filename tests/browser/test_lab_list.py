"""The list of labs: found by word and by world."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from labs.experiments import catalogue


def test_a_lab_is_found_by_what_it_speaks_of(page: Page, site: str) -> None:
    page.goto(f"{site}/labs/")
    count = len(catalogue.experiments())
    expect(page.locator("[data-labs-count]")).to_have_text(f"{count} labs")
    page.get_by_label("Find a lab").fill("windowed breaker")
    expect(page.locator(".lab-card:visible h3")).to_have_text(["Circuit breaker"])
    expect(page.locator("[data-labs-count]")).to_have_text(f"1 of {count} labs")
    page.reload()
    expect(page.locator(".lab-card:visible h3")).to_have_text(["Circuit breaker"])
    page.get_by_label("Find a lab").fill("nothing of the kind")
    expect(page.get_by_text("No lab speaks of that")).to_be_visible()
    page.get_by_role("button", name="Show all labs").click()
    expect(page.locator(".lab-card:visible")).to_have_count(count)


def test_labs_with_a_live_world_are_shown_alone(page: Page, site: str) -> None:
    live = [lab.title for lab in catalogue.experiments().values() if "live" in lab.worlds]
    page.goto(f"{site}/labs/")
    page.get_by_text("With a live world").click()
    expect(page.locator(".lab-card:visible")).to_have_count(len(live))
    assert sorted(page.locator(".lab-card:visible h3").all_inner_texts()) == sorted(live)


@pytest.mark.parametrize("width", [390, 1440])
def test_the_list_reads_at_any_width(page: Page, site: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{site}/labs/")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"] == []
