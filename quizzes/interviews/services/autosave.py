"""Saving by sequence numbers: what notes and scored items have in common.

A browser names each thing it says by (name, sequence number) and sends it until it is acknowledged. A row is there once however
often it is sent; the highest number of a name counts. An acknowledgement rests on a row that was read back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

MAX_SEQUENCE = 100_000
Fate = Literal["kept", "conflict", "refused"]


@dataclass(frozen=True, slots=True)
class Sent:
    """The `seq`-th thing said about `name`."""

    name: str
    seq: int
    value: Any

    @property
    def key(self) -> str:
        return f"{self.name}:{self.seq}"


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts for one name, as the page's saver reads it; `age_ms` by the database's clock."""

    seq: int
    value: Any
    age_ms: int


def is_text(value: Any) -> bool:
    """Whether the database can keep it: no NUL, no halves of characters."""
    if not isinstance(value, str) or "\x00" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def fates(sent: Sequence[Sent], there: Mapping[tuple[str, int], Any]) -> dict[str, Fate]:
    """kept: it is in the database, now or since an earlier sending. conflict: another value has that number."""
    return {one.key: _fate(one, there) for one in sent}


def _fate(one: Sent, there: Mapping[tuple[str, int], Any]) -> Fate:
    if (one.name, one.seq) not in there:
        return "refused"
    return "kept" if there[one.name, one.seq] == one.value else "conflict"
