"""A live run plays at the pace of the clock, hears of changes while it plays, and cannot be taken up again."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from django.test import Client

from labs.experiments.events import Event, Failed
from labs.experiments.spec import Change, RunSpec
from labs.models import Run
from labs.runner import run_compute
from tests.labs.sse import listening, until_end

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ORDER = {"world": "live", "parameters": {"rate_rps": 20.0}, "duration_s": 20.0, "arms": ["windowed"], "seed": 3}


def post(client: Client, path: str, body: Any) -> Any:
    return client.post(path, body, content_type="application/json")


def test_a_change_reaches_a_live_run_while_it_plays(site: str, worker: Any, client: Client) -> None:
    started = post(client, "/labs/circuit-breaker/runs/", ORDER)
    assert started.status_code == 201, started.content
    state = started.json()
    early = {"t_s": 0.0, "kind": "set", "name": "failure_rate", "value": 1.0}
    with listening(site + state["events_url"]) as stream:
        for message in stream:
            if message.data["type"] == "sample":
                break
        made = post(client, state["changes_url"], early)
        assert made.status_code == 201, made.content
        assert made.json()["take"] == 1
        assert made.json()["t_s"] > 0
        for message in stream:
            if message.data["type"] == "mark" and message.data["kind"] == "change":
                break
        assert client.delete(state["changes_url"] + "0/").status_code == 409
        assert post(client, state["cancel_url"], {}).status_code == 200
        assert until_end(stream)[-2].data["status"] == "cancelled"
    assert post(client, state["changes_url"], early).status_code == 409
    assert Run.objects.get().attempts == 1


def test_a_worker_says_that_it_lives_while_servers_start(client: Client, monkeypatch: pytest.MonkeyPatch, limited: Any) -> None:
    """Nothing happens in the run for seconds, and yet it is not taken for one that was left alone."""
    limited(heartbeat_s=0.0)
    monkeypatch.setattr("labs.tasks.compute_run.apply_async", lambda *_, **__: None)
    beaten = []

    def starting(spec: RunSpec, changes: Callable[[], Sequence[Change]]) -> Iterator[Event]:
        for _ in range(3):
            changes()
            beaten.append(Run.objects.get().heartbeat_at)
        yield Failed(0.0, "enough of it")

    monkeypatch.setattr("labs.laboratory.live_events", starting)
    assert post(client, "/labs/circuit-breaker/runs/", ORDER).status_code == 201
    run_compute(Run.objects.get().pk, 1)
    assert len({*beaten}) == 3
    assert Run.objects.get().message == "enough of it"


def test_a_live_run_asks_no_more_than_the_machine_carries(client: Client) -> None:
    refused = post(
        client, "/labs/circuit-breaker/runs/", ORDER | {"parameters": {"rate_rps": 900.0}, "arms": ["none", "windowed"]}
    )
    assert refused.status_code == 422
    assert "rate_rps" in refused.json()["errors"]
    assert not Run.objects.exists()
