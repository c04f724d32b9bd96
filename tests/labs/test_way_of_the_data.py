"""From the form through the worker's code and the streams to the browser."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from labs.models import Run, Status
from tests.labs.computing import compute
from tests.labs.sse import Screen, events, listening, until_end, whole

pytestmark = pytest.mark.django_db(transaction=True)


def start(client: Client, **order: Any) -> dict[str, Any]:
    body = {"parameters": {}, "duration_s": 10.0, "seed": 7, "world": "simulated", "arms": []} | order
    response = client.post("/labs/tick/runs/", body, content_type="application/json")
    assert response.status_code == 201, response.content
    return response.json()  # type: ignore[no-any-return]


def row(state: dict[str, Any]) -> Run:
    return Run.objects.get(pk=UUID(state["id"]))


def test_a_browser_that_listens_from_the_start_gets_every_event_once(site: str, client: Client, dispatched: list[Any]) -> None:
    state = start(client)
    assert dispatched == [(state["id"], 1)]
    screen = Screen()
    with listening(site + state["events_url"]) as stream:
        first = next(stream)
        assert first.data == {"type": "status", "status": "queued", "take": 1, "ahead": 0}
        compute(row(state))
        for message in until_end(stream):
            screen.show(message)
    assert [event["type"] for event in screen.events] == ["started", *["sample"] * 40, "finished"]
    assert screen.ended[-2]["status"] == "finished"


def test_a_finished_run_is_told_without_the_store_exactly_as_with_it(
    site: str, client: Client, dispatched: list[Any], valkey: Any
) -> None:
    state = start(client)
    compute(row(state))
    from_store = events(whole(site + state["events_url"]))
    valkey.flushdb()
    assert events(whole(site + state["events_url"])) == from_store
    assert len(from_store) == 42
    data = client.get(state["data_url"]).json()
    assert data["events"] == [message.data for message in from_store]


@pytest.mark.parametrize("store", ["there", "lost"])
def test_a_browser_that_was_cut_off_goes_on_behind_its_last_event(
    site: str, client: Client, dispatched: list[Any], valkey: Any, store: str
) -> None:
    state = start(client)
    compute(row(state))
    everything = events(whole(site + state["events_url"]))
    if store == "lost":
        valkey.flushdb()
    rest = events(whole(site + state["events_url"], last=everything[16].id))
    assert rest == everything[17:]
    again = events(whole(f"{site}{state['events_url']}&last={everything[16].id}"))
    assert again == rest


def test_two_readers_switch_to_the_new_take_where_it_differs(site: str, client: Client, dispatched: list[Any]) -> None:
    state = start(client)
    compute(row(state))
    screens = [Screen(), Screen()]
    for screen in screens:
        for message in whole(site + state["events_url"]):
            screen.show(message)
    change = {"t_s": 5.0, "kind": "set", "name": "level", "value": 3.0}
    made = client.post(state["changes_url"], change, content_type="application/json")
    assert made.status_code == 201
    answer = made.json()
    assert [row["text"] for row in answer.pop("changes")] == ["Level = 3"]
    assert answer == {"take": 2, "t_s": 5.0, "index": 0, "text": "Level = 3"}
    with (
        listening(site + state["events_url"], last=screens[0].last) as one,
        listening(site + state["events_url"], last=screens[1].last) as two,
    ):
        compute(row(state))
        for screen, stream in zip(screens, (one, two), strict=True):
            for message in until_end(stream):
                screen.show(message)
    expected = client.get(state["data_url"]).json()["events"]
    for screen in screens:
        assert screen.take == 2
        assert screen.events == expected
    levels = [event["values"]["level"] for event in expected if event["type"] == "sample" and event["arm"] == "one"]
    assert levels == [1.0] * 10 + [3.0] * 10


def test_a_reader_that_missed_a_take_drops_everything_that_either_change_made_untrue(
    site: str, client: Client, dispatched: list[Any]
) -> None:
    state = start(client)
    compute(row(state))
    screen = Screen()
    for message in whole(site + state["events_url"]):
        screen.show(message)
    for t_s in (3.0, 8.0):
        change = {"t_s": t_s, "kind": "set", "name": "level", "value": t_s}
        assert client.post(state["changes_url"], change, content_type="application/json").status_code == 201
    run = compute(row(state))
    assert (run.take, run.take_starts) == (3, [0.0, 3.0, 8.0])
    caught_up = whole(site + state["events_url"], last=screen.last)
    take = next(message for message in caught_up if message.data["type"] == "take")
    assert (take.data["take"], take.data["at"], take.data["t"]) == (3, 3.0, 2.5)
    for message in caught_up:
        screen.show(message)
    assert screen.events == client.get(state["data_url"]).json()["events"]


def test_the_row_sends_a_reader_of_an_old_take_on_as_the_store_does(
    site: str, client: Client, dispatched: list[Any], valkey: Any
) -> None:
    state = start(client)
    compute(row(state))
    screen = Screen()
    for message in whole(site + state["events_url"]):
        screen.show(message)
    client.post(
        state["changes_url"], {"t_s": 4.2, "kind": "do", "name": "kick", "target": "box"}, content_type="application/json"
    )
    compute(row(state))
    from_store = whole(site + state["events_url"], last=screen.last)
    valkey.flushdb()
    assert whole(site + state["events_url"], last=screen.last) == from_store


def test_an_undone_change_leaves_the_run_as_it_was_before_it(site: str, client: Client, dispatched: list[Any]) -> None:
    state = start(client)
    before = [message.data for message in events(whole_after_computing(site, state))]
    change = {"t_s": 5.0, "kind": "set", "name": "level", "value": 3.0}
    client.post(state["changes_url"], change, content_type="application/json")
    compute(row(state))
    undone = client.delete(state["changes_url"] + "0/")
    assert (undone.status_code, undone.json()) == (200, {"take": 3, "t_s": 5.0, "changes": []})
    run = compute(row(state))
    assert client.get(state["data_url"]).json()["events"] == before
    assert [(change.index, change.take, change.removed_in_take) for change in run.changes.all()] == [(0, 2, 3)]
    assert client.delete(state["changes_url"] + "0/").status_code == 409


def whole_after_computing(site: str, state: dict[str, Any]) -> list[Any]:
    compute(row(state))
    return whole(site + state["events_url"])


def test_a_fork_goes_the_parents_way_until_its_instant(client: Client, dispatched: list[Any]) -> None:
    state = start(client)
    for t_s, value in ((2.0, 4.0), (7.0, 8.0)):
        change = {"t_s": t_s, "kind": "set", "name": "level", "value": value}
        client.post(state["changes_url"], change, content_type="application/json")
    compute(row(state))
    stranger = Client()
    own = {"t_s": 6.0, "kind": "set", "name": "level", "value": 0.5}
    forked = stranger.post(state["fork_url"], {"t_s": 5.0, "changes": [own]}, content_type="application/json")
    assert forked.status_code == 201
    fork = compute(row(forked.json()))
    assert (fork.parent_id, fork.forked_at_s, fork.seed) == (row(state).pk, 5.0, 7)
    assert [(change["t_s"], change["value"]) for change in forked.json()["changes"]] == [(2.0, 4.0), (6.0, 0.5)]
    old, new = client.get(state["data_url"]).json()["events"], stranger.get(forked.json()["data_url"]).json()["events"]
    assert [event for event in old if event.get("t", 0) < 6] == [event for event in new if event.get("t", 0) < 6]
    assert old != new


def test_equal_orders_give_equal_bytes(client: Client, dispatched: list[Any]) -> None:
    stored = []
    for _ in range(2):
        run = compute(row(start(client)))
        stored.append(bytes(run.series or b""))
    assert stored[0] == stored[1]


def test_a_failing_lab_tells_its_visitor_and_keeps_no_result(site: str, client: Client, dispatched: list[Any]) -> None:
    state = start(client)
    compute(row(state))
    client.post(state["changes_url"], {"t_s": 3.0, "kind": "do", "name": "crash"}, content_type="application/json")
    run = compute(row(state))
    assert run.status == Status.FAILED
    told = whole(site + state["events_url"])
    assert told[-1].data == {"type": "end", "take": 2}
    assert told[-2].data["status"] == "failed"
    assert run.message
    assert run.message == told[-2].data["message"] == events(told)[-1].data["message"]
    assert client.get(state["data_url"]).status_code == 409


def test_a_cancelled_run_ends_its_streams_and_its_worker(site: str, client: Client, dispatched: list[Any]) -> None:
    state = start(client)
    with listening(site + state["events_url"]) as stream:
        next(stream)
        assert client.post(state["cancel_url"]).json()["status"] == "cancelled"
        told = until_end(stream)
    assert [message.data["type"] for message in told] == ["status", "end"]
    assert told[0].data["message"] == "You cancelled this run."
    assert compute(row(state)).status == Status.CANCELLED
    assert client.post(state["cancel_url"]).status_code == 200
    change = {"t_s": 1.0, "kind": "set", "name": "level", "value": 3.0}
    assert client.post(state["changes_url"], change, content_type="application/json").status_code == 409
