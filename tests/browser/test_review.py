"""Today's review in a real browser: keys alone, the connection lost, a reload, and the last rating taken back."""

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from quizzes.reviews.models import ReviewLog
from tests.quizzes.reviews.desk import Desk, flashcards


@pytest.fixture
def page_of(context: BrowserContext, site: str) -> Page:
    flashcards(3)
    client = Client()
    client.force_login(Desk().user)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
    return context.new_page()


def opened(page: Page, site: str) -> None:
    page.goto(f"{site}/review/")
    expect(page.locator("#review")).to_have_attribute("data-ready", "yes")


def ratings() -> list[int | None]:
    return list(ReviewLog.objects.order_by("pk").values_list("rating", flat=True))


def test_no_rating_is_lost_with_the_connection_and_the_last_can_be_taken_back(page_of: Page, site: str) -> None:
    page = page_of
    opened(page, site)
    banner, new, back = page.locator("[data-banner]"), page.locator('[data-count="new"]'), page.locator(".side.back")
    expect(back).to_be_hidden()
    page.keyboard.press("Space")
    expect(back).to_be_visible()
    page.route("**/review/ratings/", lambda route: route.abort())
    page.keyboard.press("4")
    expect(banner).to_contain_text("1 rating is kept here")
    page.keyboard.press("Space")
    page.keyboard.press("Space")  # the suggested one: good
    expect(banner).to_contain_text("2 ratings are kept here")
    expect(new).to_have_text("1")
    assert ratings() == []
    opened(page, site)  # a reload: what was kept is not asked again, and is sent once the connection is there
    expect(new).to_have_text("1")
    page.unroute("**/review/ratings/")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(banner).to_be_hidden()
    assert ratings() == [4, 3]
    page.keyboard.press("z")
    expect(new).to_have_text("2")
    assert ratings() == [4, 3, None]
