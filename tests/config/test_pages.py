"""Pages in threads: what reaches Django, what is refused before it, what a slow client may hold."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from config import pages as pages_module
from config.pages import Environ, Message, Pages


class Whole(list[bytes]):
    """Like Django's HttpResponse."""

    streaming = False


def echo(request: Environ, start: Any) -> Whole:
    start("200 OK", [("X-Query", request["QUERY_STRING"]), ("X-Cookie", request.get("HTTP_COOKIE", ""))])
    return Whole([request["REQUEST_METHOD"].encode(), b" ", request["wsgi.input"].read()])


def scope(method: str = "GET", query: bytes = b"", headers: tuple[tuple[bytes, bytes], ...] = ()) -> dict[str, Any]:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": "/",
        "query_string": query,
        "headers": list(headers),
    }


def exchange(pages: Pages, request: dict[str, Any], *incoming: Message) -> list[Message]:
    """What the application sends when it receives `incoming`; after these nothing more comes."""
    sent: list[Message] = []
    left = list(incoming)

    async def receive() -> Message:
        return left.pop(0) if left else await asyncio.Event().wait()  # type: ignore[return-value]

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(pages(request, receive, send))
    pages.executor.shutdown()
    return sent


def body(content: bytes, more: bool = False) -> Message:
    return {"type": "http.request", "body": content, "more_body": more}


def made(application: Any = echo, limit: int = 100) -> Pages:
    return Pages(application, threads=1, body_limit_bytes=limit)


def test_a_request_in_parts_reaches_the_application_whole() -> None:
    start, content = exchange(made(), scope("POST"), body(b"half ", more=True), body(b"and half"))
    assert start["status"] == 200
    assert content["body"] == b"POST half and half"


def test_bytes_outside_ascii_in_the_query_are_no_error() -> None:
    start, _ = exchange(made(), scope(query=b"q=\xff\xc3\xa9"), body(b""))
    assert (b"x-query", b"q=\xff\xc3\xa9") in start["headers"]


def test_cookies_in_two_headers_are_joined_as_cookies() -> None:
    start, _ = exchange(made(), scope(headers=((b"cookie", b"a=1"), (b"cookie", b"b=2"))), body(b""))
    assert (b"x-cookie", b"a=1; b=2") in start["headers"]


def test_a_header_with_an_underscore_cannot_pose_as_another() -> None:
    start, _ = exchange(made(), scope(headers=((b"coo_kie", b"x"), (b"cookie", b"a=1"))), body(b""))
    assert (b"x-cookie", b"a=1") in start["headers"]


def test_a_body_over_the_limit_is_refused_in_words() -> None:
    start, content = exchange(made(limit=10), scope("POST"), body(b"x" * 11, more=True))
    assert start["status"] == 413
    assert content["body"] == b"The request is larger than the 10 bytes that are taken here."


def test_a_body_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages_module, "BODY_WITHIN_S", 0.01)
    start, _ = exchange(made(), scope("POST"), body(b"half", more=True))
    assert start["status"] == 408


def test_a_client_that_leaves_while_it_sends_costs_nothing() -> None:
    def never(request: Environ, start: Any) -> Whole:
        raise AssertionError("there is nobody to answer")

    assert exchange(made(never), scope("POST"), body(b"half", more=True), {"type": "http.disconnect"}) == []


def test_a_streaming_response_is_sent_part_by_part_and_closed() -> None:
    closed: list[bool] = []

    class Parts:
        def __iter__(self) -> Iterator[bytes]:
            return iter([b"one", b"two"])

        def close(self) -> None:
            closed.append(True)

    def stream(request: Environ, start: Any) -> Parts:
        start("200 OK", [])
        return Parts()

    sent = exchange(made(stream), scope(), body(b""))
    assert [message.get("body") for message in sent] == [None, b"one", b"two", b""]
    assert closed == [True]


def test_slow_senders_hold_no_thread() -> None:
    """With one thread for pages, a page is made while another request is still on its way."""
    pages = made()

    async def both() -> list[Message]:
        sent: list[Message] = []

        async def never_more() -> Message:
            return await asyncio.Event().wait()  # type: ignore[return-value]

        async def one_body() -> Message:
            return body(b"")

        async def send(message: Message) -> None:
            sent.append(message)

        slow = asyncio.create_task(pages(scope("POST"), never_more, send))
        await asyncio.wait_for(pages(scope(), one_body, send), timeout=5)
        slow.cancel()
        return sent

    assert asyncio.run(both())[0]["status"] == 200
    pages.executor.shutdown()
