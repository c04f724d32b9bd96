"""Reading, noting down and deciding in a real browser, under the real policy."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import User
from courses.loading.load import load_material
from courses.models import DecisionRecord, LessonNote
from tests.courses.conftest import COURSE, LESSON, TEMPLATE

BLOCKS = """
```calculator
name: littles-law
```

```prediction
ask: How many?
answer: 3
why: Because.
maximum: 9
```

```mermaid
alt: A calls B and waits for it
source: |
  flowchart LR
    A-->B
```
"""


@pytest.fixture
def material(site: str, tmp_path: Any) -> str:
    for name, text in {"course.yaml": COURSE, "lessons/1.md": LESSON + BLOCKS, "decision-templates/short.md": TEMPLATE}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    load_material(tmp_path)
    return site


@pytest.fixture
def quiet(page: Page) -> Iterator[Page]:
    """The page; what the browser complains of fails the test, but for a save that was refused on purpose."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert [complaint for complaint in complaints if "409" not in complaint] == []


@pytest.fixture
def sign_in(page: Page, material: str) -> Callable[[], User]:
    def act() -> User:
        user: User = User.objects.create_user("lena", "lena@example.org", "long enough a word")
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": material}])
        return user

    return act


def test_a_lesson_comes_to_life(quiet: Page, material: str) -> None:
    quiet.goto(f"{material}/lessons/first-steps/")
    quiet.get_by_label("Mean time in the system").fill("30")
    expect(quiet.locator('[data-output="inside"]')).to_have_text("3,000")
    quiet.get_by_role("button", name="Commit to it").click()
    expect(quiet.locator("[data-reveal]")).to_be_visible()
    diagram = quiet.locator("figure.diagram img.on-light")
    diagram.scroll_into_view_if_needed()
    expect(diagram).to_be_visible()
    expect(quiet.locator("figure.diagram img.on-dark")).to_be_hidden()
    assert diagram.evaluate("image => image.decode().then(() => image.naturalWidth > 50)")


def test_a_calculator_works_it_out_while_one_types(quiet: Page, material: str) -> None:
    quiet.goto(f"{material}/lessons/first-steps/")
    rate, machines = quiet.get_by_label("Arrivals"), quiet.locator('[data-working="machines"]')
    expect(machines).to_be_hidden()
    quiet.get_by_text("The working, and what it assumes").press("Enter")
    rate.fill("10k")
    expect(machines).to_be_visible()
    expect(machines.locator("p").nth(2)).to_contain_text("⌈178.57⌉")
    rate.fill("10,0")
    expect(quiet.locator('[data-output="machines"]')).to_have_text("—")
    expect(rate).to_have_accessible_description("A number, please: such as 1,500 or 0.25 or 10M.")
    quiet.get_by_role("button", name="Back to the start values").click()
    expect(rate).to_have_value("100")
    expect(rate).to_have_accessible_description("")
    expect(quiet.locator('[data-output="machines"]')).to_have_text("2")
    expect(machines).to_be_visible()


def test_a_note_is_saved_as_it_is_written(quiet: Page, material: str, sign_in: Callable[[], User]) -> None:
    sign_in()
    quiet.goto(f"{material}/lessons/first-steps/")
    quiet.get_by_label("Your notes on this lesson").fill("Remember this.")
    expect(quiet.locator("[data-note] [data-state]")).to_have_text("Saved")
    assert LessonNote.objects.get().text == "Remember this."


def test_a_record_is_written_previewed_and_saved(quiet: Page, material: str, sign_in: Callable[[], User]) -> None:
    sign_in()
    quiet.goto(f"{material}/decisions/new/")
    quiet.get_by_label("What is being decided?").fill("Use a breaker")
    quiet.get_by_role("button", name="Begin").click()
    editor = quiet.locator(".cm-content")
    editor.press("Control+End")
    editor.press_sequentially("A **strong** reason.")
    expect(quiet.locator("[data-preview] strong")).to_have_text("strong")
    expect(quiet.locator("[data-state]")).to_have_text("Saved")
    assert "A **strong** reason." in DecisionRecord.objects.get().body


def test_a_second_tab_asks_before_it_overwrites(quiet: Page, material: str, sign_in: Callable[[], User]) -> None:
    from courses.decisions import decision_save, decision_start

    record = decision_start(owner_id=sign_in().pk, title="Use a breaker", template=None, body="First.")
    quiet.goto(f"{material}/decisions/{record.pk}/")
    decision_save(record=record, title="Use a breaker", body="From elsewhere.", revision=1)
    with quiet.expect_response("**/save/") as answered:
        quiet.locator(".cm-content").press_sequentially("x")
    assert answered.value.status == 409
    quiet.get_by_role("button", name="Take that text").click()
    expect(quiet.locator(".cm-content")).to_have_text("From elsewhere.")
    expect(quiet.locator("[data-state]")).to_have_text("Saved")
    assert DecisionRecord.objects.get().body == "From elsewhere."


def test_a_visitors_draft_stays_in_the_browser_and_leaves_as_a_file(quiet: Page, material: str) -> None:
    quiet.goto(f"{material}/decisions/new/")
    quiet.get_by_label("Title").fill("Try it")
    quiet.locator(".cm-content").press_sequentially("Mine. ")
    expect(quiet.locator("[data-state]")).to_have_text("Kept in this browser")
    quiet.reload()
    expect(quiet.locator(".cm-content")).to_contain_text("Mine.")
    with quiet.expect_download() as download:
        quiet.get_by_role("button", name="Export as Markdown").click()
    assert download.value.suggested_filename == "try-it.md"
    assert not DecisionRecord.objects.exists()


PATHS = ("/", "/courses/sample/", "/lessons/first-steps/", "/search/?q=breaker", "/decisions/", "/decisions/new/")


def test_no_page_scrolls_sideways(page: Page, material: str) -> None:
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for path in PATHS:
            page.goto(f"{material}{path}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
