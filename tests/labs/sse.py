"""Reads an event stream as a browser's EventSource does."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import orjson


@dataclass(frozen=True, slots=True)
class Message:
    """`id` is empty for messages that do not move the browser's cursor."""

    id: str
    data: dict[str, Any]


CONTROLS = {"status", "take", "end"}


@contextmanager
def listening(url: str, last: str = "", timeout_s: float = 20) -> Iterator[Iterator[Message]]:
    """The stream's messages as they come; leaving it hangs up."""
    headers = {"Last-Event-ID": last} if last else {}
    with (
        httpx.Client(timeout=timeout_s) as client,
        client.stream("GET", url, headers=headers) as response,
    ):
        assert response.status_code == 200, response.read()
        yield messages(response.iter_lines())


def messages(lines: Iterator[str]) -> Iterator[Message]:
    fields: dict[str, str] = {}
    for line in lines:
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
            continue
        if "data" in fields:
            yield Message(fields.get("id", ""), orjson.loads(fields["data"]))
        fields = {}


def whole(url: str, last: str = "") -> list[Message]:
    """Everything until the server says that this is the end."""
    with listening(url, last) as stream:
        return until_end(stream)


def until_end(stream: Iterator[Message]) -> list[Message]:
    found = []
    for message in stream:
        found.append(message)
        if message.data["type"] == "end":
            return found
    raise AssertionError(f"the stream broke off after {found[-3:]}")


def events(found: list[Message]) -> list[Message]:
    return [message for message in found if message.data["type"] not in CONTROLS]


class Screen:
    """What a page that follows the contract shows: events of one take by number, without gap or repetition."""

    def __init__(self) -> None:
        self.take = 0
        self.events: list[dict[str, Any]] = []
        self.last = ""
        self.ended: list[dict[str, Any]] = []

    def show(self, message: Message) -> None:
        if message.id:
            self.last = message.id
        kind = message.data["type"]
        if kind == "take":
            self.take = message.data["take"]
            self.events = self.events[: message.data["next"]]
        elif kind in ("end", "status"):
            self.ended.append(message.data)
        else:
            take, _, number = message.id.partition(".")
            self.take = self.take or int(take)
            assert (int(take), int(number)) == (self.take, len(self.events)), f"{message.id} after {len(self.events)} events"
            self.events.append(message.data)
