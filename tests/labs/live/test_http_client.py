"""The client against servers that behave badly in every way a caller must tell apart."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from labs.live.http_client import (
    BadResponse,
    ConnectFailed,
    ConnectionLost,
    ConnectTimedOut,
    HttpClient,
    RequestTimedOut,
    read_head,
)
from tests.labs.live.conftest import Play, failure_of

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


@asynccontextmanager
async def serving(handler: Handler, **limits: Any) -> AsyncIterator[tuple[HttpClient, list[int]]]:
    """A client of a server that hands each connection to `handler`; the list grows by the caller's port at each connection."""
    connections: list[int] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer.get_extra_info("peername")[1])
        try:
            await handler(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    client = HttpClient("127.0.0.1", server.sockets[0].getsockname()[1], **limits)
    try:
        yield client, connections
    finally:
        await client.close()
        server.close()
        await server.wait_closed()


def answering(*answers: bytes) -> Handler:
    """Answers the requests of a connection one by one, then hangs up."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()

    return handle


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    await reader.read()


def test_reuses_a_connection_that_is_kept_alive(play: Play[None]) -> None:
    async def scene() -> None:
        async with serving(answering(OK, OK, OK)) as (client, connections):
            bodies = [(await client.get("/")).body for _ in range(3)]
        assert bodies == [b"hi"] * 3
        assert len(connections) == 1

    play(scene())


def test_opens_a_new_connection_after_one_that_the_server_closes(play: Play[None]) -> None:
    async def scene() -> None:
        closing = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        async with serving(answering(closing)) as (client, connections):
            assert (await client.get("/")).status == 200
            assert (await client.get("/")).status == 200
        assert len(connections) == 2

    play(scene())


def test_reads_a_response_that_comes_in_pieces(play: Play[None]) -> None:
    async def dribble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for byte in OK:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)

    async def scene() -> None:
        async with serving(dribble) as (client, _):
            assert (await client.get("/")).body == b"hi"

    play(scene())


@pytest.mark.parametrize(
    ("status", "classification"),
    [(200, "ok"), (204, "ok"), (302, "redirect"), (400, "client_error"), (429, "client_error"), (500, "server_error")],
)
def test_classifies_a_response_by_its_status(play: Play[None], status: int, classification: str) -> None:
    async def scene() -> None:
        async with serving(answering(OK.replace(b"200", str(status).encode()))) as (client, _):
            response = await client.get("/")
        assert (response.status, response.classification) == (status, classification)

    play(scene())


def test_says_that_nobody_listens(play: Play[None]) -> None:
    async def scene() -> None:
        with socket.create_server(("127.0.0.1", 0)) as closed_soon:
            port = closed_soon.getsockname()[1]
        assert await failure_of(HttpClient("127.0.0.1", port).get("/")) is ConnectFailed

    play(scene())


def test_gives_up_connecting_after_the_connect_timeout(play: Play[None]) -> None:
    async def scene() -> None:
        with socket.socket() as deaf, socket.socket() as first, socket.socket() as second:
            deaf.bind(("127.0.0.1", 0))
            deaf.listen(0)
            for filler in (first, second):  # fill the backlog: the kernel then drops further attempts
                filler.setblocking(False)
                filler.connect_ex(deaf.getsockname())
            client = HttpClient(*deaf.getsockname(), connect_timeout_s=0.05)
            assert await failure_of(client.get("/")) is ConnectTimedOut
            assert client.open_connections == 0

    play(scene())


def test_gives_up_waiting_after_the_request_timeout_and_hangs_up(play: Play[None]) -> None:
    async def scene() -> None:
        async with serving(silent, request_timeout_s=0.05) as (client, _):
            assert await failure_of(client.get("/")) is RequestTimedOut
            await asyncio.sleep(0)
            assert client.open_connections == 0

    play(scene())


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", ConnectionLost),
        (OK[:-1], ConnectionLost),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", BadResponse),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", BadResponse),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", BadResponse),
        (b"HTTP/1.1 " + b"x" * 20_000, BadResponse),
    ],
)
def test_tells_a_lost_connection_from_a_bad_response(play: Play[None], answer: bytes, error: type[Exception]) -> None:
    async def scene() -> None:
        async with serving(answering(answer)) as (client, _):
            assert await failure_of(client.get("/")) is error

    play(scene())


def test_a_request_that_fails_is_not_sent_twice(play: Play[None]) -> None:
    requests: list[bytes] = []

    async def hang_up_on_the_second(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while len(requests) < 2:
            requests.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(OK if len(requests) == 1 else b"")

    async def scene() -> None:
        async with serving(hang_up_on_the_second) as (client, connections):
            await client.get("/first")
            assert await failure_of(client.get("/second")) is ConnectionLost
        assert [request.split()[1] for request in requests] == [b"/first", b"/second"]
        assert len(connections) == 1

    play(scene())


def test_a_cancelled_request_closes_its_connection(play: Play[None]) -> None:
    async def scene() -> None:
        hung_up = asyncio.Event()

        async def wait_for_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            asked.set()
            assert await reader.read() == b""
            hung_up.set()

        asked = asyncio.Event()
        async with serving(wait_for_end) as (client, _):
            call = asyncio.create_task(client.get("/"))
            await asked.wait()
            call.cancel()
            assert await failure_of(hung_up.wait()) is None
            assert call.cancelled()

    play(scene())


def test_waits_in_line_when_every_connection_is_busy(play: Play[None]) -> None:
    async def scene() -> None:
        async with serving(answering(*[OK] * 9), max_connections=2) as (client, connections):
            responses = await asyncio.gather(*(client.get("/") for _ in range(9)))
            assert client.waited == 7
        assert [response.status for response in responses] == [200] * 9
        assert len(connections) == 2

    play(scene())


def test_a_closed_client_refuses_to_call(play: Play[None]) -> None:
    async def scene() -> None:
        async with serving(answering(OK)) as (client, _):
            await client.close()
            assert await failure_of(client.get("/")) is ConnectFailed

    play(scene())


def test_reads_whether_the_connection_stays_open() -> None:
    assert read_head(b"HTTP/1.1 503 Service Unavailable\r\nCONTENT-LENGTH: 7\r\nConnection: Close") == (503, 7, False)
    assert read_head(b"HTTP/1.0 200 OK\r\nContent-Length: 0") == (200, 0, False)
