"""Dated versions: the program knows the newest form alone; each older one is an adapter at its edge.

Problem. An interface changes and its callers do not. Two code paths for two versions become four for three.

Rule. A version is a date. A change that only adds has no version. A change that breaks comes with a `downgrade`, which
turns a newest answer into the form before it. An answer passes the downgrades of all versions after the caller's, newest first.
Who says nothing keeps the version of the account's first call. Answers that differ by header say so in `Vary`, or a shared
cache hands one caller's form to another. What is going to end says since when and until when.

Source. Brandur Leach, "APIs as infrastructure: future-proofing Stripe with versioning" (2017); RFC 9110, 12.5.5 (`Vary`);
RFC 9745 (`Deprecation`); RFC 8594 (`Sunset`).

Limits. Answers only: requests need an `upgrade` beside each `downgrade`. A change of *meaning* that the old form cannot
express has no downgrade. Adapters chain, so each kept version costs every older caller a step.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime

Body = Mapping[str, object]


@dataclass(frozen=True)
class Version:
    since: date
    downgrade: Callable[[Body], Body]
    """Turns an answer of this version into one of the version before."""


class UnknownVersion(ValueError):
    """The version asked for does not exist. Answer 400; guessing would be worse."""


@dataclass(frozen=True)
class Interface:
    first: date
    versions: Sequence[Version]
    """In the order of their dates."""
    deprecated: Mapping[date, tuple[datetime, datetime]]
    """By version: since when it is deprecated, and when it ends."""

    def chosen(self, asked: str | None, pinned: date) -> date:
        """The header wins for one request; otherwise the account keeps its own."""
        if asked is None:
            return pinned
        for known in (self.first, *(version.since for version in self.versions)):
            if known.isoformat() == asked:
                return known
        raise UnknownVersion(asked)

    def answer(self, newest: Body, asked: str | None, pinned: date) -> tuple[Body, dict[str, str]]:
        """Body and headers in the caller's form. Raises `UnknownVersion`."""
        wanted = self.chosen(asked, pinned)
        body = newest
        for version in reversed(self.versions):
            if version.since > wanted:
                body = version.downgrade(body)
        headers = {"Api-Version": wanted.isoformat(), "Vary": "Api-Version, Authorization", "Cache-Control": "private"}
        if wanted in self.deprecated:
            since, until = self.deprecated[wanted]
            headers["Deprecation"] = f"@{int(since.timestamp())}"
            headers["Sunset"] = format_datetime(until, usegmt=True)
        return body, headers


def start_of(day: date) -> datetime:
    """Midnight UTC, as the headers want it."""
    return datetime.combine(day, time(), UTC)
