"""Pages that visitors share: made once for a crowd, never for somebody with a session, never with another's token."""

import asyncio
import http.client
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from config.shared_pages import SharedPages
from tests.site import Children

MARKED = [(b"content-type", b"text/html"), (b"x-alike-for-visitors", b"yes")]


class Made:
    """Stands for Django: counts what it makes, and takes a moment for it."""

    def __init__(self, headers: list[tuple[bytes, bytes]], status: int = 200) -> None:
        self.headers, self.status, self.times = headers, status, 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.times += 1
        number = self.times
        await asyncio.sleep(0)
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": f"page {number}".encode()})


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def scope(
    *, cookie: str = "", path: str = "/lessons/x/", query: bytes = b"", method: str = "GET", **headers: str
) -> dict[str, Any]:
    found = {"host": "site", **({"cookie": cookie} if cookie else {}), **headers}
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in found.items()]
    return {"type": "http", "method": method, "path": path, "query_string": query, "headers": raw, "scheme": "http"}


async def get(pages: SharedPages, asked: dict[str, Any]) -> tuple[dict[bytes, bytes], str]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await pages(asked, None, send)  # type: ignore[arg-type]
    return dict(sent[0]["headers"]), sent[1]["body"].decode()


def shared(made: Made, clock: Clock | None = None) -> SharedPages:
    return SharedPages(made, lasts_s=5.0, clock=clock or Clock())


def test_a_page_is_made_once_until_its_time_is_over() -> None:
    async def play() -> list[str]:
        clock = Clock()
        pages = shared(Made(MARKED), clock)
        bodies = [(await get(pages, scope()))[1] for _ in range(3)]
        clock.now_s = 5.0
        return [*bodies, (await get(pages, scope()))[1]]

    assert asyncio.run(play()) == ["page 1", "page 1", "page 1", "page 2"]


def test_a_crowd_waits_for_the_one_who_makes_it() -> None:
    async def play() -> set[str]:
        pages = shared(Made(MARKED))
        return {body for _, body in await asyncio.gather(*(get(pages, scope()) for _ in range(50)))}

    assert asyncio.run(play()) == {"page 1"}


@pytest.mark.parametrize(
    "asked",
    [
        scope(cookie=f"{settings.SESSION_COOKIE_NAME}=abc"),
        scope(cookie="messages=abc"),
        scope(query=b"q=1"),
        scope(method="HEAD"),
        scope(hx_request="true"),
        scope(authorization="Basic x"),
    ],
    ids=["session", "messages", "query", "HEAD", "htmx", "authorization"],
)
def test_whoever_may_see_something_of_their_own_gets_their_own_page(asked: dict[str, Any]) -> None:
    async def play() -> tuple[str, str]:
        pages = shared(Made(MARKED))
        await get(pages, scope())
        return (await get(pages, asked))[1], (await get(pages, scope()))[1]

    assert asyncio.run(play()) == ("page 2", "page 1")


@pytest.mark.parametrize(
    "made",
    [
        Made([(b"content-type", b"text/html")]),
        Made(MARKED, status=404),
        Made([*MARKED, (b"set-cookie", b"sessionid=secret; Path=/")]),
    ],
    ids=["not marked", "not found", "sets a cookie"],
)
def test_other_answers_are_not_kept(made: Made) -> None:
    async def play() -> list[str]:
        pages = shared(made)
        return [(await get(pages, scope()))[1] for _ in range(2)]

    assert asyncio.run(play()) == ["page 1", "page 2"]


def test_each_visitor_without_a_token_gets_a_new_one_and_nobody_gets_the_first_one() -> None:
    async def play() -> list[dict[bytes, bytes]]:
        pages = shared(Made([*MARKED, (b"set-cookie", b" csrftoken=first; Path=/")]))
        visitors = ["", "", "csrftoken=mine"]
        return [(await get(pages, scope(cookie=cookie)))[0] for cookie in ["", *visitors]]

    first, second, third, with_one = asyncio.run(play())
    tokens = [headers[b"set-cookie"].decode().split(";")[0] for headers in (first, second, third)]
    assert len(set(tokens)) == 3
    assert all(len(token) == len("csrftoken=") + 32 for token in tokens[1:])
    assert b"set-cookie" not in with_one


def test_the_mark_stays_in_the_house() -> None:
    async def play() -> list[dict[bytes, bytes]]:
        pages = shared(Made(MARKED))
        return [(await get(pages, asked))[0] for asked in (scope(), scope(), scope(query=b"q=1"))]

    assert all(b"x-alike-for-visitors" not in headers for headers in asyncio.run(play()))


def test_a_page_that_fails_lets_the_next_one_try() -> None:
    class Failing(Made):
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            if self.times == 0:
                self.times += 1
                await asyncio.sleep(0)
                raise RuntimeError("gone")
            await super().__call__(scope, receive, send)

    async def play() -> tuple[Any, Any]:
        pages = shared(Failing(MARKED))
        return await asyncio.gather(get(pages, scope()), get(pages, scope()), return_exceptions=True)

    failed, answered = asyncio.run(play())
    assert isinstance(failed, RuntimeError)
    assert answered[1] == "page 2"


def fetched(url: str, path: str, headers: dict[str, str] | None = None) -> tuple[str, str]:
    """The page's Set-Cookie and its text."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.getheader("Set-Cookie") or "", answer.read().decode()
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_the_site_shares_its_home_page_and_no_token_with_it(children: Children) -> None:
    url = children.web(SHARED_PAGES_S="60").url
    first, second = fetched(url, "/"), fetched(url, "/")
    assert first[1] == second[1]
    assert first[0].strip().startswith("csrftoken=")
    token = second[0].split("=")[1].split(";")[0]
    assert token not in first[0]
    assert token not in second[1]
    assert "plimsoll_shared_pages_total 1.0" in fetched(url, "/metrics")[1]
