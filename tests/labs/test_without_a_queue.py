"""The broker, a Valkey of its own here, dies or freezes: who starts a run is told so at once, and nothing waits for ever."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.utils import timezone

from labs import streams
from labs.models import Change, Run
from tests.servers import OwnValkey
from tests.site import Children

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
SOON_S = 8.0
ORDER = {"duration_s": 20.0, "seed": 3, "arms": ["windowed"]}
QUEUE_AWAY = {"message": "The laboratory's queue does not answer. Try again in a moment."}


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnValkey]:
    own = OwnValkey(tmp_path / "broker")
    own.start()
    monkeypatch.setenv("CELERY_BROKER_URL", own.server.url)
    yield own
    own.signal(signal.SIGCONT)
    own.kill()


@pytest.fixture
def visitor(broker: OwnValkey, children: Children) -> Iterator[httpx.Client]:
    """At a web process that reaches the tasks' broker nowhere else."""
    with httpx.Client(base_url=children.web().url, timeout=SOON_S) as browser:
        browser.get("/labs/circuit-breaker/")
        browser.headers["X-CSRFToken"] = browser.cookies["csrftoken"]
        yield browser


def start(visitor: httpx.Client, **more: Any) -> httpx.Response:
    return visitor.post("/labs/circuit-breaker/runs/", json=ORDER | more)


def refused(answer: httpx.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.json() == QUEUE_AWAY
    assert answer.headers["Retry-After"]


def nothing_waits() -> None:
    store = streams.store()
    assert not Run.objects.exists()
    assert not [key for key in store.scan_iter(f"{settings.LABS_KEY_PREFIX}*") if b":rate:" not in key and b":bus:" not in key]


def test_a_run_that_nobody_can_be_asked_for_is_refused_and_withdrawn(visitor: httpx.Client, broker: OwnValkey) -> None:
    assert start(visitor).status_code == 201
    Run.objects.all().delete()
    streams.store().flushdb()
    broker.kill()
    refused(start(visitor))
    refused(start(visitor, prediction={}))
    nothing_waits()
    broker.start()
    assert start(visitor).status_code == 201
    assert Run.objects.get().status == "queued"


def test_a_frozen_broker_holds_nobody_up(visitor: httpx.Client, broker: OwnValkey) -> None:
    broker.signal(signal.SIGSTOP)
    began = time.monotonic()
    refused(start(visitor))
    assert time.monotonic() - began < SOON_S
    nothing_waits()
    broker.signal(signal.SIGCONT)
    assert start(visitor).status_code == 201


def test_a_fork_is_refused_whole_and_a_change_stays_in_the_ledger(visitor: httpx.Client, broker: OwnValkey) -> None:
    state = start(visitor).json()
    broker.kill()
    change = {"t_s": 5.0, "kind": "set", "name": "failure_rate", "value": 0.4}
    refused(visitor.post(state["fork_url"], json={"t_s": 4.0, "changes": [change]}))
    assert Run.objects.count() == 1
    assert not Change.objects.exists()
    assert visitor.post(state["changes_url"], json=change).status_code == 201
    run = Run.objects.get()
    assert (run.take, run.status) == (2, "queued")  # the upkeep asks for it when the queue answers again


def test_the_lines_of_a_run_can_be_asked_for_again(visitor: httpx.Client, broker: OwnValkey) -> None:
    state = start(visitor).json()
    Run.objects.update(status="finished", finished_at=timezone.now(), summary={}, series=streams.pack([b"{}"]), series_take=1)
    broker.kill()
    refused(visitor.get(state["lines_url"]))
    broker.start()
    assert visitor.get(state["lines_url"]).json() == {"pending": True}
