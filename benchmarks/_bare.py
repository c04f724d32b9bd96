"""The yardstick: a bare Starlette stream on the same bus. No history, no resume, no takes, no bounds, no keepalive."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import redis.asyncio
from django.conf import settings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from labs.streams import keys

queues: dict[bytes, list["asyncio.Queue[bytes]"]] = defaultdict(list)


async def read() -> None:
    """As the hub reads: all shards in one call, from the newest entry on."""
    store = redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_timeout=None)
    last: dict[Any, Any] = {}
    for name in keys().buses():
        newest: Any = await store.xrevrange(name, count=1)
        last[name] = newest[0][0] if newest else b"0-0"
    while True:
        found: Any = await store.xread(last, count=1000, block=1000)
        for name, entries in found.items() if isinstance(found, dict) else found or ():
            rows = entries[0] if isinstance(found, dict) else entries
            last[name.decode()] = rows[-1][0]
            for _id, fields in rows:
                frames = fields.get(b"b")
                if frames is not None:
                    for queue in queues[fields[b"r"]]:
                        queue.put_nowait(frames)


async def events(request: Request) -> Response:
    queue: asyncio.Queue[bytes] = asyncio.Queue()
    run = UUID(request.path_params["run"]).bytes

    async def frames() -> AsyncIterator[bytes]:
        queues[run].append(queue)
        try:
            yield b"retry: 1000\n\n"
            while True:
                yield await queue.get()
        finally:
            queues[run].remove(queue)

    return StreamingResponse(frames(), media_type="text/event-stream")


async def livez(_request: Request) -> Response:
    return Response(b"ok")


@asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[None]:
    reader = asyncio.create_task(read())
    yield
    reader.cancel()


app = Starlette(routes=[Route("/livez", livez), Route("/labs/runs/{run}/events", events)], lifespan=lifespan)


def main() -> None:
    """Served as the site is."""
    import os

    from config.server import Server, configuration

    Server(configuration(app=app, host="127.0.0.1", port=int(os.environ["PORT"]))).run()


if __name__ == "__main__":
    import django

    django.setup()
    main()
