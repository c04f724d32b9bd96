"""What axe holds against a page, in both themes."""

from collections.abc import Mapping
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AT_ONCE = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("*, *::before, *::after { transition: none !important; }"); // a colour on its way is no theme's
  document.adoptedStyleSheets.push(sheet);
}"""


def violations(page: Page, options: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """In the light theme by all rules; of the dark one it is asked for what a theme can change."""
    said = {"resultTypes": ["violations"]} | dict(options or {})  # what holds needs no list of its elements
    page.evaluate(AT_ONCE)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found: list[dict[str, Any]] = Axe().run(page, options=said).response["violations"]
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    dark: list[dict[str, Any]] = Axe().run(page, options=said | {"runOnly": ["color-contrast"]}).response["violations"]
    return found + dark


def broken_rules(page: Page) -> list[str]:
    """Each violation with the element that breaks the rule."""
    return [f"{rule['id']}: {node['html'][:120]}" for rule in violations(page) for node in rule["nodes"]]
