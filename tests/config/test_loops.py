"""Tests that drive a browser and tests that start event loops share a process."""

import asyncio

import pytest
from playwright.sync_api import Page


@pytest.mark.parametrize("turn", [1, 2])
def test_a_page_opens(page: Page, turn: int) -> None:
    page.goto("about:blank")


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_an_event_loop_starts(turn: int) -> None:
    assert asyncio.run(asyncio.sleep(0, "done")) == "done"
