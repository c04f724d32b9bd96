"""Sends what it is told as one persona, and complains of every wrong answer."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.http import HttpResponseBase

from tests.hostile.world import World, contents, rows_written, undone

FORM = "application/x-www-form-urlencoded"


class Attacker:
    """Sends requests as one persona and complains where the site answers wrongly."""

    def __init__(self, here: World, persona: str, complaints: list[str]) -> None:
        self.here, self.persona, self.complaints = here, persona, complaints
        self.client = here.clients[persona]
        assert rows_written(), "the world was made in this transaction; a count that misses it would miss everything"

    def send(
        self, method: str, path: str, body: bytes = b"", content_type: str = FORM, query: bytes = b"", **headers: Any
    ) -> Any:
        """The response; checked for server errors, and where it refuses for words and that nothing was written."""
        with undone():
            written = rows_written()
            response = self.client.generic(
                method, path, body, content_type, QUERY_STRING=query.decode("latin1"), **dict(headers or {})
            )
            text = b"" if method == "HEAD" else content(response)
            what = f"{self.persona} {method} {path[:150]} ?{query[:80]!r} {body[:160]!r} [{content_type}]"
            if response.status_code >= 500:
                self.complain(what, response, getattr(response, "exc_info", None))
            elif response.status_code >= 400:
                if method != "HEAD" and response.status_code != 405 and not in_words(response, text):
                    self.complain(f"{what} refused without words: {text[:200]!r}", response)
                if connection.needs_rollback or (rows_written() > written and contents() != self.here.before):
                    self.complain(f"{what} was refused and wrote something", response)
        return response

    def complain(self, what: str, response: HttpResponseBase, exc_info: Any = None) -> None:
        why = f" {exc_info[0].__name__}: {str(exc_info[1])[:200]}" if exc_info else ""
        self.complaints.append(f"{response.status_code} {what}{why}")


def content(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else bytes(response.content)


def in_words(response: HttpResponseBase, text: bytes) -> bool:
    """Whether somebody who reads the answer learns what is wrong."""
    shown = text.decode()
    if "json" in response.headers.get("Content-Type", ""):
        said = json.loads(shown)
        errors = said.get("errors", {}) or said.get("form", {}).get("fields")  # the latter where allauth answers in JSON
        return bool(said.get("message") or (errors and all(errors.values())))
    return len(re.sub(r"<[^>]+>", " ", shown).split()) >= 3


def form_body(fields: Mapping[str, str | bytes]) -> bytes:
    return urlencode(dict(fields)).encode()


def json_body(fields: Mapping[str, str]) -> bytes:
    return ("{" + ", ".join(f'"{name}": {literal}' for name, literal in fields.items()) + "}").encode()
