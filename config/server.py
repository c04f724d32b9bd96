"""The web server: uvicorn, which here tells open event streams when it is about to stop.

uvicorn waits for its connections to end, and an event stream never ends by itself. So every stream waits, beside its
events, for `draining()`:

    drain = asyncio.ensure_future(draining().wait())
    await asyncio.wait({next_event, drain}, return_when=asyncio.FIRST_COMPLETED)
    if drain.done():
        return  # the browser's EventSource reconnects, to the next process

Run it as `python -m config.server` (HOST, PORT in the environment), in production too: one process per core, behind a
proxy. The bare `uvicorn` command serves the same application, but cuts open streams only at its own time limit.
"""

import asyncio
import os
import socket
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary

import uvicorn

_drains: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Event] = WeakKeyDictionary()
STREAMS_END_WITHIN_S = 2


def draining() -> asyncio.Event:
    """The running loop's event that is set once its server is about to stop. Waiting for it costs nothing."""
    return _drains.setdefault(asyncio.get_running_loop(), asyncio.Event())


class Server(uvicorn.Server):
    """uvicorn's server that sets `draining()` before it waits for its connections to end."""

    _loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        draining()
        await super().startup(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._drain()
        super().handle_exit(sig, frame)

    def stop(self) -> None:
        """End from another thread as a signal would: streams first."""
        self._drain()
        self.should_exit = True

    def _drain(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_drains[self._loop].set)


def configuration(**overrides: Any) -> uvicorn.Config:
    """uvicorn's configuration for this site; a request or stream that does not end in time is cut."""
    defaults = {
        "app": "config.asgi:application",
        "interface": "asgi3",
        "lifespan": "on",
        "log_config": None,  # Django's logging has uvicorn's records
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,  # Django and allauth read them, and only as far as TRUSTED_PROXIES says
        "timeout_keep_alive": 30,
        "timeout_graceful_shutdown": STREAMS_END_WITHIN_S,
        "backlog": 4096,
    }
    return uvicorn.Config(**{**defaults, **overrides})


def serve(listener: socket.socket) -> None:
    """Serve on a socket that listens already, until a signal."""
    Server(configuration()).run(sockets=[listener])


def main() -> None:
    """Serve on HOST and PORT."""
    config = configuration(host=os.environ.get("HOST", "127.0.0.1"), port=int(os.environ.get("PORT", "8000")))
    Server(config).run(sockets=[config.bind_socket()])


if __name__ == "__main__":
    main()
