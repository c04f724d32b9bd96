"""The stream itself: who may listen, where it goes on, and what it does when browser, store or server misbehave."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import time_machine
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from labs.capabilities import events_token, may_listen
from labs.event_streams import Cursor, events
from labs.hub import CLOSE, QUEUE_ITEMS, Batch, Control, Resync, Subscription, close_hub
from labs.publisher import Publisher, Superseded
from labs.streams import Cut, first_number_from, keys, pack, unpack
from tests.labs.sse import messages


def line(t_s: float) -> bytes:
    return b'{"type":"sample","t":%g}' % t_s


def test_a_token_opens_one_run_for_a_day() -> None:
    run = uuid4()
    with time_machine.travel(0, tick=False) as clock:
        token = events_token(run)
        assert may_listen(run, token)
        assert not may_listen(uuid4(), token)
        assert not may_listen(run, token[:-1])
        assert not may_listen(run, "")
        clock.shift(24 * 3600 + 1)
        assert not may_listen(run, token)


@pytest.mark.django_db(transaction=True)
def test_a_stream_without_a_token_does_not_begin(site: str) -> None:
    address = f"{site}/labs/runs/{uuid4()}/events"
    assert httpx.get(address).status_code == 403
    assert httpx.get(f"{address}?token=x&token=y").status_code == 403
    refused = httpx.post(address)
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET")


@pytest.mark.django_db(transaction=True)
def test_the_heads_keep_proxies_and_caches_off(site: str) -> None:
    run = uuid4()
    with httpx.stream("GET", f"{site}/labs/runs/{run}/events?token={events_token(run)}") as response:
        told = list(messages(response.iter_lines()))
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["x-accel-buffering"] == "no"
    assert response.headers["cache-control"] == "no-store"
    assert "content-encoding" not in response.headers
    assert [message.data["type"] for message in told] == ["status", "end"]
    assert told[0].data["message"] == "This run is no longer there."


@given(st.text(max_size=50))
def test_any_last_event_id_is_a_place_to_start(text: str) -> None:
    cursor = Cursor.decoded(text)
    assert cursor.take >= 0
    assert cursor.next >= 0


@pytest.mark.parametrize(
    ("text", "take", "number"), [("2.17", 2, 18), ("3.-1", 3, 0), ("x", 0, 0), ("1.-2", 0, 0), ("٣.٤", 0, 0)]
)
def test_the_cursor_is_take_and_number(text: str, take: int, number: int) -> None:
    assert Cursor.decoded(text) == Cursor(take, number)


def test_a_slow_stream_keeps_a_bounded_queue_and_reads_the_history_then() -> None:
    async def overflow() -> list[Any]:
        slow = Subscription(b"run")
        for number in range(QUEUE_ITEMS + 1):
            slow.offer(Batch(1, number, number, b"x"))
        slow.offer(Control(1, b"{}", True))
        slow.offer(CLOSE)
        return list(await slow.take())

    assert asyncio.run(overflow()) == [Resync(), Control(1, b"{}", True), CLOSE]


def test_large_batches_count_by_their_bytes() -> None:
    slow = Subscription(b"run")
    for number in range(40):
        slow.offer(Batch(1, number, number, b"x" * 60_000))
    assert len(slow._items) < 20


class Browser:
    """The other end of the ASGI application."""

    def __init__(self, run: UUID, last: str = "") -> None:
        self.body = b""
        self.gone = asyncio.Event()
        headers = [(b"last-event-id", last.encode())] if last else []
        query = f"token={events_token(run)}".encode()
        self.scope = {
            "type": "http",
            "method": "GET",
            "headers": headers,
            "query_string": query,
            "path_params": {"run": str(run)},
        }

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.body += message.get("body", b"")

    def ids(self) -> list[str]:
        return [row.removeprefix(b"id: ").decode() for row in self.body.split(b"\n") if row.startswith(b"id: ")]


def watched(run: UUID, play: Callable[[Browser], Awaitable[None]], last: str = "") -> Browser:
    """A browser that watches while `play` goes on, and then leaves."""

    async def both() -> Browser:
        browser = Browser(run, last)
        stream = asyncio.ensure_future(events(browser.scope, browser.receive, browser.send))
        try:
            await play(browser)
        finally:
            browser.gone.set()
            await asyncio.wait_for(stream, 5)
            await close_hub()
        return browser

    return asyncio.run(both())


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - it waits for what another part does
            await asyncio.sleep(0.005)


def test_events_that_the_bus_has_lost_are_read_from_the_history(valkey: Any) -> None:
    run = uuid4()
    publisher = Publisher(run, 1, [0.0], world="live")
    publisher.add(line(0), 0.0)

    async def play(browser: Browser) -> None:
        await until(lambda: browser.ids() == ["1.0"])
        for number in (1, 2, 3):  # into the history alone, as when the bus was trimmed
            valkey.xadd(keys().history(run, 1), {"e": line(number)}, id=f"{number + 1}-0")
        publisher.lines += [line(1), line(2), line(3)]
        publisher._sent = 4
        publisher.add(line(4), 4.0)
        await until(lambda: len(browser.ids()) == 5)

    assert watched(run, play).ids() == [f"1.{number}" for number in range(5)]


def test_what_is_published_twice_is_told_once() -> None:
    run = uuid4()
    for _ in range(2):
        publisher = Publisher(run, 1, [0.0], world="live")
        for number in range(3):
            publisher.add(line(number), float(number))

    async def play(browser: Browser) -> None:
        await until(lambda: len(browser.ids()) == 3)
        again = Publisher(run, 1, [0.0], world="live")
        for number in range(5):
            again.add(line(number), float(number))
        await until(lambda: len(browser.ids()) >= 5)

    assert watched(run, play).ids() == [f"1.{number}" for number in range(5)]


def test_a_store_that_forgot_the_run_is_filled_again_under_the_same_numbers(valkey: Any) -> None:
    run = uuid4()
    publisher = Publisher(run, 1, [0.0], world="live")
    for number in range(3):
        publisher.add(line(number), float(number))

    async def play(browser: Browser) -> None:
        await until(lambda: len(browser.ids()) == 3)
        valkey.flushdb()
        for number in range(3, 6):
            publisher.add(line(number), float(number))
        await until(lambda: len(browser.ids()) == 6)

    assert watched(run, play).ids() == [f"1.{number}" for number in range(6)]
    assert [entry for entry, _ in valkey.xrange(keys().history(run, 1))] == [b"%d-0" % number for number in range(1, 7)]


def test_a_worker_of_an_old_take_stops_at_its_next_event(valkey: Any) -> None:
    run = uuid4()
    old = Publisher(run, 1, [0.0], world="live")
    old.add(line(0), 0.0)
    Publisher(run, 2, [0.0, 0.5], world="live").add(line(0), 0.0)
    with pytest.raises(Superseded):
        old.add(line(1), 1.0)
    with pytest.raises(Superseded):
        Publisher(run, 1, [0.0], world="live").add(line(0), 0.0)
    assert valkey.hget(keys().state(run), "take") == b"2"


def test_a_new_take_stays_silent_until_its_change(valkey: Any) -> None:
    run = uuid4()
    publisher = Publisher(run, 3, [0.0, 2.0, 5.0])
    for number in range(8):
        publisher.add(line(number), float(number))
    publisher.hold(line(8), 8.0)
    publisher.end("finished")
    told = [fields for _id, fields in valkey.xrange(keys().bus(run)) if b"b" in fields]
    assert int(told[0][b"a"]) == 5
    assert int(told[-1][b"z"]) == 8
    cuts = valkey.hgetall(keys().cuts(run, 3))
    assert {int(seen): Cut.decoded(cut) for seen, cut in cuts.items()} == {1: Cut(2, 1.0), 2: Cut(5, 4.0)}


@given(st.lists(st.floats(0, 100), max_size=30).map(sorted), st.floats(0, 100))
def test_the_first_number_from_an_instant(times_s: list[float], t_s: float) -> None:
    lines = [line(time_s) for time_s in times_s]
    read = [float(f"{time_s:g}") for time_s in times_s]
    found = first_number_from(lines, t_s)
    assert all(time_s < t_s for time_s in read[:found])
    assert all(time_s >= t_s for time_s in read[found:])
    assert unpack(pack(lines)) == (lines or [b""])


@pytest.mark.django_db(transaction=True)
def test_readers_hold_no_database_connection(site: str) -> None:

    run = uuid4()
    publisher = Publisher(run, 1, [0.0], world="live")
    publisher.add(line(0), 0.0)
    with httpx.Client(limits=httpx.Limits(max_connections=None)) as client:
        streams = [client.stream("GET", f"{site}/labs/runs/{run}/events?token={events_token(run)}") for _ in range(50)]
        try:
            for stream in streams:
                assert stream.__enter__().status_code == 200
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
                assert cursor.fetchone()[0] <= 2
        finally:
            for stream in streams:
                stream.__exit__(None, None, None)
