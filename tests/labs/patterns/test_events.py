"""Bus, log, outbox and inbox, and what a crash at each moment leaves behind."""

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from typing import Any

import pytest

from labs.patterns import inbox, outbox
from labs.patterns.event_log import Consumer, EventLog, keys_by_partition
from labs.patterns.events import Event
from labs.patterns.inbox import once
from labs.patterns.naive_dual_write import publish_then_store, store_then_publish
from labs.patterns.naive_event_bus import InProcessBus
from labs.patterns.outbox import Relay, owe
from tests.labs.patterns.clock import HandClock

ORDER = Event("e1", "order.created", "order-1", {"units": 2})


class Crash(BaseException):
    """The process is gone: no handler catches it."""


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def crashed(work: Coroutine[Any, Any, Any]) -> None:
    with pytest.raises(Crash):
        run(work)


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.executescript(
        outbox.SCHEMA + inbox.SCHEMA + "CREATE TABLE orders (id TEXT); CREATE TABLE stock (units INTEGER);"
    )
    connection.execute("INSERT INTO stock VALUES (10)")
    connection.commit()
    yield connection
    connection.close()


def count(database: sqlite3.Connection, table: str) -> int:
    return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def stock(database: sqlite3.Connection) -> int:
    return int(database.execute("SELECT units FROM stock").fetchone()[0])


def insert_order(database: sqlite3.Connection) -> None:
    database.execute("INSERT INTO orders VALUES ('order-1')")


def lower_stock(database: sqlite3.Connection) -> None:
    database.execute("UPDATE stock SET units = units - 2")


async def die(event: Event) -> None:
    raise Crash


async def note(seen: list[str], event: Event) -> None:
    seen.append(event.id)


def test_the_naive_bus_calls_every_subscriber_of_the_topic() -> None:
    bus, seen = InProcessBus(), list[str]()
    bus.on("order.created")(lambda event: seen.append("stock"))
    bus.on("order.created")(lambda event: seen.append("mail"))
    bus.on("order.paid")(lambda event: seen.append("other topic"))
    bus.publish(ORDER)
    assert seen == ["stock", "mail"]


def test_in_the_naive_bus_one_failing_subscriber_stops_the_rest_and_the_publisher() -> None:
    bus, seen = InProcessBus(), list[str]()

    @bus.on("order.created")
    def fail(event: Event) -> None:
        raise ConnectionError

    bus.on("order.created")(lambda event: seen.append("mail"))
    with pytest.raises(ConnectionError):
        bus.publish(ORDER)
    assert seen == []


def test_in_the_log_a_failing_consumer_does_not_touch_another() -> None:
    log, seen = EventLog(), list[str]()
    log.append(ORDER)

    async def fail(event: Event) -> None:
        raise ConnectionError

    payment, mail = Consumer(log, fail, tries=2), Consumer(log, partial(note, seen))
    run(payment.poll())
    run(mail.poll())
    assert seen == ["e1"]
    assert [(letter.event.id, letter.reason) for letter in payment.dead] == [("e1", "ConnectionError at try 2")]


def test_a_consumer_that_was_away_finds_what_happened_meanwhile() -> None:
    log, seen = EventLog(), list[str]()
    consumer = Consumer(log, partial(note, seen))
    for number in range(3):
        log.append(Event(f"e{number}", "t", "one-key"))
    assert consumer.lag == 3
    run(consumer.poll())
    assert (seen, consumer.lag) == (["e0", "e1", "e2"], 0)


def test_events_of_one_key_share_a_partition_and_keep_their_order() -> None:
    log = EventLog(partitions=4)
    for number in range(40):
        log.append(Event(str(number), "t", f"key-{number % 8}"))
    assert sum(len(keys) for keys in keys_by_partition(log).values()) == 8
    for events in log.partitions:
        for key in {event.key for event in events}:
            ids = [int(event.id) for event in events if event.key == key]
            assert ids == sorted(ids)


@pytest.mark.parametrize(("move", "effects"), [("before", 0), ("after", 2)])
def test_when_the_cursor_moves_decides_what_a_crash_after_the_work_does(move: Any, effects: int) -> None:
    log, seen = EventLog(), list[str]()
    log.append(ORDER)

    async def work_then_die(event: Event) -> None:
        if move == "after":
            seen.append(event.id)  # the effect is there, the cursor has not moved
        raise Crash

    consumer = Consumer(log, work_then_die, move=move)
    crashed(consumer.poll())
    restarted = Consumer(log, partial(note, seen), move=move)
    restarted.cursors = consumer.cursors
    run(restarted.poll())
    assert len(seen) == effects


def test_a_parked_key_keeps_its_order_and_lets_others_pass() -> None:
    log, seen = EventLog(partitions=1), list[str]()
    for number, key in enumerate(("a", "b", "a")):
        log.append(Event(f"e{number}", "t", key))

    async def refuse_the_first(event: Event) -> None:
        if event.id == "e0":
            raise ValueError
        seen.append(event.id)

    consumer = Consumer(log, refuse_the_first, tries=1, park_key=True)
    run(consumer.poll())
    assert (seen, [letter.event.id for letter in consumer.dead]) == (["e1"], ["e0", "e2"])


def test_store_then_publish_loses_the_event_in_a_crash(database: sqlite3.Connection) -> None:
    crashed(store_then_publish(database, insert_order, ORDER, die))
    assert count(database, "orders") == 1  # and nobody will ever hear of it


def test_publish_then_store_tells_what_never_came_to_be(database: sqlite3.Connection) -> None:
    told: list[str] = []

    def crash(connection: sqlite3.Connection) -> None:
        raise Crash

    crashed(publish_then_store(database, crash, ORDER, partial(note, told)))
    assert (told, count(database, "orders")) == (["e1"], 0)


def place_order(database: sqlite3.Connection, event: Event = ORDER) -> None:
    with database:
        insert_order(database)
        owe(database, event)


def test_fact_and_duty_are_stored_together_or_not_at_all(database: sqlite3.Connection) -> None:
    place_order(database)
    with pytest.raises(sqlite3.IntegrityError):
        place_order(database)  # the same event id again
    assert (count(database, "orders"), count(database, "outbox")) == (1, 1)


def test_the_relay_publishes_in_order_and_marks_what_was_confirmed(database: sqlite3.Connection) -> None:
    log, clock = EventLog(), HandClock()
    for number in range(3):
        place_order(database, Event(f"e{number}", "t", "one-key", {"units": number}, 2))

    async def publish(event: Event) -> None:
        log.append(event)

    relay = Relay(database, publish, clock)
    assert run(relay.run_once(batch=2)) == 2
    assert run(relay.run_once()) == 1
    assert run(relay.run_once()) == 0
    assert log.partitions[log.partition_of("one-key")] == [
        Event(f"e{number}", "t", "one-key", {"units": number}, 2) for number in range(3)
    ]


def test_a_refused_event_holds_back_its_key_and_no_other(database: sqlite3.Connection) -> None:
    seen: list[str] = []
    for number, key in enumerate(("a", "a", "b")):
        place_order(database, Event(f"e{number}", "t", key))
    broken = True

    async def publish(event: Event) -> None:
        if broken and event.key == "a":
            raise ConnectionError
        seen.append(event.id)

    relay = Relay(database, publish, HandClock())
    run(relay.run_once())
    assert seen == ["e2"]
    broken = False
    run(relay.run_once())
    assert seen == ["e2", "e0", "e1"]


def test_sent_rows_are_forgotten_after_a_while_and_unsent_ones_never(database: sqlite3.Connection) -> None:
    clock, seen = HandClock(), list[str]()
    relay = Relay(database, partial(note, seen), clock)
    place_order(database)
    run(relay.run_once())
    place_order(database, Event("e2", "t", "order-2"))
    clock.now_s = 100.0
    assert relay.forget(keep_s=200.0) == 0
    assert relay.forget(keep_s=50.0) == 1
    assert [event.id for _, event in relay.unsent(10)] == ["e2"]


def test_the_same_event_takes_effect_once_for_each_consumer(database: sqlite3.Connection) -> None:
    assert once(database, "inventory", ORDER, lower_stock)
    assert not once(database, "inventory", ORDER, lower_stock)
    assert stock(database) == 8
    assert once(database, "audit", ORDER, lambda connection: None)


def test_a_crash_in_the_effect_leaves_neither_id_nor_effect(database: sqlite3.Connection) -> None:
    def lower_and_die(connection: sqlite3.Connection) -> None:
        lower_stock(connection)
        raise Crash

    with pytest.raises(Crash):
        once(database, "inventory", ORDER, lower_and_die)
    assert stock(database) == 10
    assert once(database, "inventory", ORDER, lower_stock)
    assert stock(database) == 8


@pytest.mark.parametrize(
    "moment", ["before the commit", "before publishing", "before marking", "before the effect", "before the ack", "never"]
)
def test_outbox_and_inbox_together_make_one_effect_for_each_stored_order_whenever_it_crashes(
    database: sqlite3.Connection, moment: str
) -> None:
    log, clock = EventLog(), HandClock()
    crash: set[str] = {moment}

    def at(place: str) -> None:
        if place in crash:
            crash.remove(place)
            raise Crash

    def order() -> None:
        with database:
            insert_order(database)
            owe(database, ORDER)
            at("before the commit")

    async def publish(event: Event) -> None:
        at("before publishing")
        log.append(event)
        at("before marking")

    def effect(connection: sqlite3.Connection) -> None:
        lower_stock(connection)
        at("before the effect")

    async def handle(event: Event) -> None:
        once(database, "inventory", event, effect)
        at("before the ack")

    steps: list[Callable[[], object]] = [order]
    cursors = [0] * 4

    def relay() -> None:
        run(Relay(database, publish, clock).run_once())

    def consume() -> None:
        consumer = Consumer(log, handle)
        consumer.cursors = cursors
        run(consumer.poll())

    steps += [relay, consume, relay, consume]
    for step in steps:
        try:
            step()
        except Crash:
            continue
    stored = count(database, "orders")
    assert stock(database) == 10 - 2 * stored
    assert stored == (0 if moment == "before the commit" else 1)
