"""What a running site survives: real workers, web processes and servers are killed while people watch a run."""

import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from django.db import connection

from config.embedded import valkey as embedded_valkey
from config.processes import free_port
from labs import tasks
from labs.models import Run
from tests.labs.sse import Message, Screen, listening
from tests.site import Child, Children

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

LIMITS = {"lease_s": 1.5, "heartbeat_s": 0.3, "runs_per_minute": 1000}
LONGER_S = 600.0
"""Of a run that takes seconds to compute, so that a kill at its first events comes in the middle even on a busy machine."""
LONG = {"parameters": {"rate_rps": 200.0}, "duration_s": 240.0, "seed": 11, "arms": ["none", "windowed"]}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Short leases, here and in the processes that the test starts."""
    settings.LABS_LIMITS = LIMITS
    monkeypatch.setenv("LABS_LIMITS", orjson.dumps(LIMITS).decode())


class Visitor:
    """A browser without an account."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.http = httpx.Client(base_url=site, timeout=20)
        self.http.get("/labs/circuit-breaker/")

    def post(self, path: str, body: Any) -> dict[str, Any]:
        headers = {"X-CSRFToken": self.http.cookies["csrftoken"], "Referer": self.site}
        response = self.http.post(path, json=body, headers=headers)
        assert response.status_code in (200, 201), response.text
        return response.json()  # type: ignore[no-any-return]

    def start(self, **order: Any) -> dict[str, Any]:
        return self.post("/labs/circuit-breaker/runs/", LONG | order)

    def data(self, state: dict[str, Any]) -> dict[str, Any]:
        return self.http.get(state["data_url"]).json()  # type: ignore[no-any-return]

    def watch(self, state: dict[str, Any], screen: Screen, until: Callable[[Message], bool]) -> bool:
        """Show what comes until something special does; whether it did before the connection broke."""
        try:
            with listening(self.site + state["events_url"], screen.last) as stream:
                for message in stream:
                    screen.show(message)
                    if until(message):
                        return True
        except (httpx.HTTPError, OSError):
            return False
        return False

    def watch_to_the_end(self, state: dict[str, Any], screen: Screen, timeout_s: float = 60) -> None:
        """As an EventSource does: again and again, from the last event on."""
        deadline = time.monotonic() + timeout_s
        while not self.watch(state, screen, lambda message: message.data["type"] == "end"):
            assert time.monotonic() < deadline, f"no end; {len(screen.events)} events"
            time.sleep(0.05)


Visit = Callable[[str], Visitor]


@pytest.fixture
def visit() -> Iterator[Visit]:
    """Opens browsers."""
    opened: list[Visitor] = []

    def open_one(site: str) -> Visitor:
        opened.append(Visitor(site))
        return opened[-1]

    yield open_one
    for visitor in opened:
        visitor.http.close()


def after(count: int, screen: Screen) -> Callable[[Message], bool]:
    return lambda _message: len(screen.events) >= count


@contextmanager
def looked_after() -> Iterator[None]:
    """What beat does every few seconds, here every 0.3 s in a thread."""
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.3):
            tasks.look_after_runs()
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def test_another_worker_takes_over_when_one_is_killed(site: str, visit: Visit, children: Children) -> None:
    visitor, screen = visit(site), Screen()
    first = children.worker("simulation")
    state = visitor.start(duration_s=LONGER_S)
    assert visitor.watch(state, screen, after(5, screen))
    first.signal(signal.SIGKILL)
    first.wait()
    assert Run.objects.get().status == "running"
    children.worker("simulation")
    with looked_after():
        visitor.watch_to_the_end(state, screen)
    assert screen.events == visitor.data(state)["events"]
    assert screen.events[-1]["type"] == "finished"
    assert Run.objects.get().attempts == 2


def test_the_same_worker_computes_again_when_its_child_process_is_killed(site: str, visit: Visit, children: Children) -> None:
    visitor, screen = visit(site), Screen()
    worker = children.worker("simulation")
    state = visitor.start(duration_s=LONGER_S)
    assert visitor.watch(state, screen, after(5, screen))
    os.kill(computing_child(worker), signal.SIGKILL)
    visitor.watch_to_the_end(state, screen)
    assert screen.events == visitor.data(state)["events"]
    assert Run.objects.get().attempts == 2


def computing_child(worker: Child) -> int:
    children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
    busiest = max(children, key=lambda pid: sum(map(int, Path(f"/proc/{pid}/stat").read_text().split()[13:15])))
    return int(busiest)


def test_a_second_delivery_does_nothing_while_the_first_worker_lives(site: str, visit: Visit, children: Children) -> None:
    visitor, screen = visit(site), Screen()
    children.worker("simulation", concurrency=2)
    state = visitor.start()
    assert visitor.watch(state, screen, after(100, screen))
    tasks.dispatch(Run.objects.get())
    visitor.watch_to_the_end(state, screen)
    assert Run.objects.get().attempts == 1


def test_a_browser_that_is_cut_off_again_and_again_misses_nothing(site: str, visit: Visit, children: Children) -> None:
    visitor, screen = visit(site), Screen()
    children.worker("simulation")
    state = visitor.start()
    for count in range(50, 1000, 120):
        assert visitor.watch(state, screen, after(count, screen))
    visitor.watch_to_the_end(state, screen)
    assert screen.events == visitor.data(state)["events"]


def test_a_web_process_that_is_replaced_loses_nobody(visit: Visit, children: Children) -> None:
    port = free_port()
    web = children.web(port)
    children.worker("simulation")
    visitor, screen = visit(web.url), Screen()
    state = visitor.start(duration_s=LONGER_S)
    assert visitor.watch(state, screen, after(5, screen))
    began = time.monotonic()
    web.process.send_signal(signal.SIGTERM)
    assert not visitor.watch(state, screen, lambda message: message.data["type"] == "end")
    web.wait()
    assert time.monotonic() - began < 10
    children.web(port)
    visitor.watch_to_the_end(state, screen)
    assert screen.events == visitor.data(state)["events"]


@pytest.mark.parametrize("keeps_its_data", [True, False], ids=["with its data", "empty"])
def test_a_restart_of_the_store_is_not_seen_by_whoever_watches(
    visit: Visit, children: Children, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keeps_its_data: bool
) -> None:
    server = embedded_valkey(tmp_path / "valkey", free_port(), durable=keeps_its_data)
    process = server.start()
    server.wait_until_it_answers(process)
    monkeypatch.setenv("REDIS_URL", server.url)
    monkeypatch.setenv("CELERY_BROKER_URL", re.sub("/0$", "/1", server.url))
    try:
        web = children.web()
        children.worker("simulation")
        visitor, screen = visit(web.url), Screen()
        state = visitor.start()
        with listening(web.url + state["events_url"]) as stream:
            for message in stream:
                screen.show(message)
                if len(screen.events) == 150:
                    process.kill()
                    process.wait()
                    process = server.start()
                    server.wait_until_it_answers(process)
                if message.data["type"] == "end":
                    break
        assert screen.events == visitor.data(state)["events"]
        assert screen.events[-1]["type"] == "finished"
    finally:
        process.kill()
        process.wait()
