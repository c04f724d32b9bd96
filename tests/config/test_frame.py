import urllib.request

from playwright.sync_api import Page, expect

from tests.site import Child


def test_a_site_with_its_servers_is_ready(site: str) -> None:
    with urllib.request.urlopen(f"{site}/readyz") as response:
        assert response.read() == b'{"database": "ok", "valkey": "ok", "migrations": "ok"}'


def test_the_sign_in_page_opens_in_a_browser(site: str, page: Page) -> None:
    page.goto(f"{site}/accounts/login/")
    expect(page.get_by_role("button", name="Sign In")).to_be_visible()


def test_a_worker_starts(worker: Child) -> None:
    assert worker.process.poll() is None
