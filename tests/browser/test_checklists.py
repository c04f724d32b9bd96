"""Going through a checklist in a real browser, under the real policy."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import User
from courses.checklists import use_save, use_start
from courses.loading.load import load_material
from courses.models import Checklist, ChecklistUse
from tests.courses.conftest import CHECKLIST


@pytest.fixture
def material(site: str, tmp_path: Path) -> str:
    (tmp_path / "checklists").mkdir()
    (tmp_path / "checklists/before-release.yaml").write_text(CHECKLIST)
    load_material(tmp_path)
    return site


@pytest.fixture
def begun(page: Page, material: str) -> Callable[[], ChecklistUse]:
    """A list in use; the browser is its owner's."""

    def act() -> ChecklistUse:
        user: User = User.objects.create_user("lena", "lena@example.org", "long enough a word")
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": material}])
        return use_start(owner_id=user.pk, checklist=Checklist.objects.get(), title="Photo service v2")

    return act


def test_a_list_is_gone_through_taken_back_and_never_overwritten_unseen(
    page: Page, material: str, begun: Callable[[], ChecklistUse]
) -> None:
    page.goto(f"{material}/checklists/before-release/")
    page.get_by_label("New behaviour is behind a flag.").check()
    page.reload()
    expect(page.locator("[data-ticked]")).to_have_text("1 of 3 ticked, kept in this browser.")

    use = begun()
    page.goto(material + use.get_absolute_url())
    first, state = page.locator("#item-rollback"), page.locator("[data-state]")
    first.get_by_role("radio", name="Done").check()
    expect(page.locator("[data-counts]")).to_have_text("1 of 3 settled, 2 open")
    first.locator("summary").click()
    first.get_by_role("textbox").fill("Walked in March.")
    expect(state).to_have_text("Saved")
    page.get_by_role("radio", name="Open", exact=True).first.check()
    expect(first).to_be_hidden()
    page.get_by_role("button", name="Undo").click()  # the note
    page.get_by_role("button", name="Undo").click()  # the state
    expect(first.get_by_role("radio", name="Open")).to_be_focused()
    expect(state).to_have_text("Saved")
    use.refresh_from_db()
    assert use.states == {}

    use_save(use=use, title=use.title, found={"flags": {"state": "todo"}}, revision=use.revision)  # as another tab would
    page.keyboard.press("ArrowRight")
    conflict = page.locator("[data-conflict]")
    expect(conflict).to_contain_text("2 fields differ")
    page.set_viewport_size({"width": 390, "height": 600})
    page.locator("#record").scroll_into_view_if_needed()
    expect(conflict).to_be_in_viewport()
    page.get_by_role("button", name="Take what was saved there").click()
    expect(page.locator("#item-flags").get_by_role("radio", name="To do")).to_be_checked()
    page.keyboard.press("Control+z")
    expect(first.get_by_role("radio", name="Done")).to_be_checked()
    expect(state).to_have_text("Saved")
    use.refresh_from_db()
    assert {key: value["state"] for key, value in use.states.items()} == {"rollback": "done"}

    use.delete()  # as another tab would
    page.locator("#item-flags").get_by_role("radio", name="Done").check()
    expect(state).to_have_text("Not saved: it was deleted in another tab or browser.")
