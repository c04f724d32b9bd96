"""What all browser tests of the laboratory share."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext


@pytest.fixture
def complaints(context: BrowserContext) -> Iterator[list[str]]:
    """What the browser's console says in any page of the test; errors, warnings and refused content fail it."""
    said: list[str] = []
    context.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    context.on("weberror", lambda error: said.append(str(error.error)))
    yield said
    assert said == []
