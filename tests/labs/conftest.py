from typing import Any

import pytest

from labs.experiments import catalogue
from tests.labs.tick import Tick


@pytest.fixture
def tick(monkeypatch: pytest.MonkeyPatch) -> Tick:
    """The test lab, for this test, instead of the real ones."""
    lab = Tick()
    monkeypatch.setattr(catalogue, "experiments", lambda: {lab.slug: lab})
    return lab


@pytest.fixture
def dispatched(monkeypatch: pytest.MonkeyPatch, tick: Tick) -> list[tuple[str, int]]:
    """Takes that were handed to a worker: nobody computes them but the test."""
    sent: list[tuple[str, int]] = []
    monkeypatch.setattr("labs.tasks.compute_run.apply_async", lambda args, **_: sent.append(args))
    return sent


@pytest.fixture
def limited(settings: Any) -> Any:
    """Sets limits for this test: `limited(changes=1)`."""

    def limit(**allowed: Any) -> None:
        settings.LABS_LIMITS = {**settings.LABS_LIMITS, **allowed}

    return limit
