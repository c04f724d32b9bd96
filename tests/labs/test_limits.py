"""Each limit refuses with its name and with what to do, and what waited or failed too long is told so."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import redis
from django.test import Client
from django.utils import timezone

from labs import tasks, upkeep
from labs.claims import Busy, Claim, run_beat, run_claim, run_fail, run_finish
from labs.models import Run, Status
from labs.runner import run_compute
from tests.labs.computing import compute
from tests.labs.sse import whole

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("dispatched")]
START = "/labs/tick/runs/"


def post(client: Client, path: str, body: Any) -> Any:
    return client.post(path, body, content_type="application/json")


def started(client: Client, **order: Any) -> dict[str, Any]:
    response = post(client, START, {"seed": 7} | order)
    assert response.status_code == 201, response.content
    return response.json()  # type: ignore[no-any-return]


def refused(response: Any, limit: str) -> str:
    assert response.status_code == 429, response.content
    assert response.json()["limit"] == limit
    return str(response.json()["message"])


def test_a_visitor_has_so_many_runs_under_way(client: Client, limited: Any) -> None:
    limited(runs_at_once=2)
    first = started(client)
    started(client)
    assert "Wait for one to end, or cancel one" in refused(post(client, START, {}), "runs_at_once")
    assert Run.objects.count() == 2
    started(Client())
    post(client, first["cancel_url"], {})
    started(client)
    compute(Run.objects.filter(status="queued").latest("created_at"))


def test_a_run_that_ended_makes_room(client: Client, limited: Any) -> None:
    limited(runs_at_once=1)
    for _ in range(3):
        started(client)
        compute(Run.objects.latest("created_at"))


def test_another_take_of_a_run_that_counts_already_needs_no_more_room(client: Client, limited: Any) -> None:
    limited(runs_at_once=1, queued_runs=1)
    state = started(client)
    change = {"t_s": 0.5, "kind": "set", "name": "level", "value": 2.0}
    assert post(client, state["changes_url"], change).status_code == 201
    refused(post(client, START, {}), "runs_at_once")


def test_a_refused_change_takes_up_no_room(client: Client, limited: Any) -> None:
    limited(runs_at_once=1)
    state = started(client)
    compute(Run.objects.get())
    assert post(client, state["changes_url"], {"t_s": 1, "kind": "set", "name": "level", "value": 99}).status_code == 422
    started(client)


def test_a_visitor_starts_so_many_runs_a_minute(client: Client, limited: Any) -> None:
    limited(runs_per_minute=3, runs_at_once=100)
    for _ in range(3):
        started(client)
    assert "Wait a few seconds" in refused(post(client, START, {}), "runs_per_minute")
    started(Client())


def test_a_network_address_starts_so_many_runs_a_minute(limited: Any) -> None:
    limited(runs_per_minute_per_address=3)
    for _ in range(3):
        started(Client())
    refused(post(Client(), START, {}), "runs_per_minute_per_address")


def test_the_site_lets_so_many_runs_wait(limited: Any) -> None:
    limited(queued_runs=2)
    started(Client())
    started(Client())
    refused(post(Client(), START, {}), "queued_runs")


def test_a_run_is_so_long_at_most(client: Client, limited: Any) -> None:
    limited(virtual_s=60.0)
    errors = post(client, START, {"duration_s": 61}).json()["errors"]
    assert errors == {"duration_s": "At most 60 s in the simulated world. Choose a shorter duration."}


def test_a_run_says_so_much_at_most(client: Client, limited: Any) -> None:
    limited(events=100)
    assert "duration_s" in post(client, START, {"duration_s": 50}).json()["errors"]
    state = started(client, duration_s=25)
    limited(events=40)
    run = compute(Run.objects.get())
    assert run.status == Status.FAILED
    assert "40 events, which is the limit" in run.message
    assert client.get(state["data_url"]).status_code == 409


def test_a_run_is_computed_for_so_long_at_most(client: Client, limited: Any) -> None:
    limited(wall_s=-1.0)
    started(client)
    run = compute(Run.objects.get())
    assert run.status == Status.FAILED
    assert "which is the limit" in run.message


def test_a_ledger_takes_so_many_rows(client: Client, limited: Any) -> None:
    limited(changes=2)
    state = started(client)
    change = {"t_s": 1, "kind": "set", "name": "level", "value": 2}
    for _ in range(2):
        assert post(client, state["changes_url"], change).status_code == 201
    assert "Fork it" in refused(post(client, state["changes_url"], change), "changes")
    assert Run.objects.get().take == 3


def test_without_the_store_a_run_is_refused_and_nothing_is_written(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: Any, **__: Any) -> None:
        raise redis.ConnectionError("away")

    monkeypatch.setattr("labs.admission._script", lambda: lost)
    response = post(client, START, {})
    assert response.status_code == 503
    assert "Try again" in response.json()["message"]
    assert not Run.objects.exists()


# Looking after runs


def aged(run: Run, **ages_s: float) -> None:
    now = timezone.now()
    Run.objects.filter(pk=run.pk).update(**{name: now - timedelta(seconds=age_s) for name, age_s in ages_s.items()})


def test_a_run_that_waited_too_long_says_so(site: str, client: Client) -> None:
    state = started(client)
    aged(Run.objects.get(), queued_at=301, dispatched_at=0)
    tasks.look_after_runs()
    run = Run.objects.get()
    assert run.status == Status.FAILED
    assert run.message == "No worker was free for 300 s, so this run was given up before it began. Try again in a few minutes."
    told = whole(site + state["events_url"])
    assert told[-2].data["message"] == run.message


def test_a_task_that_was_lost_with_the_broker_is_sent_again_and_not_too_often(
    client: Client, dispatched: list[tuple[str, int]]
) -> None:
    state = started(client)
    aged(Run.objects.get(), dispatched_at=30)
    tasks.look_after_runs()
    tasks.look_after_runs()
    assert dispatched == [(state["id"], 1), (state["id"], 1)]


def test_a_run_whose_workers_keep_dying_is_abandoned(site: str, client: Client, dispatched: list[tuple[str, int]]) -> None:
    state = started(client)
    for attempt in (1, 2, 3):
        assert run_claim(run_id=UUID(state["id"]), take=1) is not None
        assert Run.objects.get().attempts == attempt
        aged(Run.objects.get(), heartbeat_at=60, dispatched_at=60)
        tasks.look_after_runs()
    assert len(dispatched) == 3
    run = Run.objects.get()
    assert run.status == Status.ABANDONED
    assert whole(site + state["events_url"])[-2].data["message"] == run.message
    assert "3 workers in turn stopped" in run.message
    assert post(client, state["changes_url"], {"t_s": 1, "kind": "set", "name": "level", "value": 2}).status_code == 409


def test_a_take_is_claimed_once_while_its_worker_lives(client: Client) -> None:
    state = started(client)
    run_id = UUID(state["id"])
    first = run_claim(run_id=run_id, take=1)
    second = run_claim(run_id=run_id, take=1)
    assert isinstance(second, Busy)
    assert 0 < second.lease_left_s <= 6
    assert run_claim(run_id=run_id, take=2) is None
    assert first is not None
    assert isinstance(run_compute(run_id, 1), Busy)


def test_a_worker_that_was_taken_for_dead_changes_nothing_any_more(client: Client) -> None:
    state = started(client)
    run_id = UUID(state["id"])
    old = run_claim(run_id=run_id, take=1)
    aged(Run.objects.get(), heartbeat_at=60)
    new = run_claim(run_id=run_id, take=1)
    assert isinstance(old, Claim)
    assert isinstance(new, Claim)
    assert not run_beat(old)
    assert not run_fail(claim=old, message="late")
    assert not run_finish(claim=old, summary={}, series=b"", engine="", wire=1)
    assert run_beat(new)


def test_old_runs_of_passers_by_are_removed_unless_someone_built_on_them(client: Client) -> None:
    keep, gone = started(client), started(client)
    post(Client(), keep["fork_url"], {"t_s": 1})
    Run.objects.update(created_at=timezone.now() - timedelta(days=31))
    Run.objects.exclude(pk__in=[UUID(keep["id"]), UUID(gone["id"])]).update(created_at=timezone.now())
    assert upkeep.runs_prune() == 1
    assert Run.objects.filter(pk=UUID(keep["id"])).exists()
    assert not Run.objects.filter(pk=UUID(gone["id"])).exists()
