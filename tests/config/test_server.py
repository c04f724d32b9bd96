"""Open event streams end when the web server is told to stop."""

import asyncio
import threading
import time
import urllib.request
from typing import Any

from config.processes import free_port
from config.server import Server, configuration, draining


async def endless_stream(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
    await send({"type": "http.response.body", "body": b": hello\n\n", "more_body": True})
    await draining().wait()
    await send({"type": "http.response.body", "body": b": bye\n\n", "more_body": False})


def test_open_streams_say_goodbye_and_the_server_ends_at_once() -> None:
    server = Server(configuration(app=endless_stream, host="127.0.0.1", port=(port := free_port()), lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    streams = [urllib.request.urlopen(f"http://127.0.0.1:{port}/") for _ in range(3)]
    assert [stream.readline() for stream in streams] == [b": hello\n"] * 3
    asked = time.monotonic()
    server.stop()
    assert [stream.read() for stream in streams] == [b"\n: bye\n\n"] * 3
    for stream in streams:
        stream.close()
    thread.join(timeout=5)
    assert not thread.is_alive()
    assert time.monotonic() - asked < 1.5


def test_each_loop_has_its_own_event_that_nobody_has_set() -> None:
    async def drained() -> bool:
        return draining().is_set()

    assert asyncio.run(drained()) is False
