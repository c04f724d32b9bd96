"""A thousand browsers in one process of their own: opens streams, checks every number, notes every delay.

Reads one JSON object from standard input: {host, port, paths, last, until, waves}. With `waves` 0 it opens all paths, says
"open", reads until each stream has event `until`, and prints what it saw. With `waves` > 0 it opens and closes all streams
so many times, each resuming behind event `last`, and prints how many did not go on with the very next one.
"""

import asyncio
import sys
import time
from typing import Any

import orjson

AT_ONCE = 200


class Reader(asyncio.Protocol):
    """One stream."""

    def __init__(self, path: str, host: str, last: int, until: int) -> None:
        resume = f"Last-Event-ID: 1.{last}\r\n" if last >= 0 else ""
        self._request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{resume}\r\n".encode()
        self._rest = b""
        self._until = until
        self._transport: asyncio.Transport | None = None
        self.next: int | None = last + 1 if last >= 0 else None
        self.got = 0
        self.wrong = 0
        self.delays_s: list[float] = []
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[bool] = loop.create_future()
        self.first: asyncio.Future[None] = loop.create_future()
        self.done: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        now_s = time.monotonic()
        if not self.opened.done():
            self.opened.set_result(data.startswith(b"HTTP/1.1 200"))
        pieces = (self._rest + data).split(b"\n\n")
        self._rest = pieces.pop()
        for piece in pieces:
            at = piece.find(b"id: 1.")
            if at >= 0:
                self._event(piece, at + 6, now_s)

    def _event(self, piece: bytes, at: int, now_s: float) -> None:
        number = int(piece[at : piece.index(b"\n", at)])
        if self.next is not None and number != self.next:
            self.wrong += 1
        self.next = number + 1
        self.got += 1
        sent = piece.rfind(b'"sent_s":')
        if sent >= 0:
            self.delays_s.append(now_s - float(piece[sent + 9 : piece.index(b"}", sent)]))
        if not self.first.done():
            self.first.set_result(None)
        if number >= self._until and not self.done.done():
            self.done.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        for future in (self.opened, self.first, self.done):
            if not future.done():
                future.cancel()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


async def opened(order: dict[str, Any], path: str, slots: asyncio.Semaphore) -> Reader:
    async with slots:
        loop = asyncio.get_running_loop()
        reader = Reader(path, order["host"], order["last"], order["until"])
        await loop.create_connection(lambda: reader, order["host"], order["port"])
        if not await asyncio.wait_for(reader.opened, 20):
            raise ConnectionError("not 200")
        return reader


async def follow(order: dict[str, Any]) -> dict[str, Any]:
    slots = asyncio.Semaphore(AT_ONCE)
    readers = await asyncio.gather(*(opened(order, path, slots) for path in order["paths"]))
    print("open", flush=True)
    await asyncio.wait([reader.done for reader in readers], timeout=60)
    delays_s = sorted(delay for reader in readers for delay in reader.delays_s)
    lost = sum(order["until"] + 1 - (reader.next or 0) for reader in readers)
    return {
        "got": sum(reader.got for reader in readers),
        "wrong": sum(reader.wrong for reader in readers),
        "lost": lost,
        "p50_s": delays_s[len(delays_s) // 2],
        "p99_s": delays_s[int(len(delays_s) * 0.99)],
    }


async def reconnect(order: dict[str, Any]) -> dict[str, Any]:
    slots = asyncio.Semaphore(AT_ONCE)
    failures, began_s = 0, time.monotonic()

    async def once(path: str) -> None:
        nonlocal failures
        try:
            reader = await opened(order, path, slots)
            await asyncio.wait_for(reader.first, 20)
            failures += bool(reader.wrong)
            reader.close()
        except (OSError, TimeoutError, asyncio.CancelledError):
            failures += 1

    for _ in range(order["waves"]):
        await asyncio.gather(*(once(path) for path in order["paths"]))
    return {"failures": failures, "wall_s": time.monotonic() - began_s}


def main() -> None:
    order = orjson.loads(sys.stdin.buffer.readline())
    found = asyncio.run(reconnect(order) if order["waves"] else follow(order))
    print(orjson.dumps(found).decode(), flush=True)


if __name__ == "__main__":
    main()
