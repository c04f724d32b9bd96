"""Quorum: a value on N replicas, of which W must take a write and R must answer a read.

Problem. Waiting for all replicas makes the slowest one decide and a dead one stop everything. Waiting for one loses what it
alone has and reads what it has not heard of yet.

Rule. Send every write to all N and call it done when W have it; ask all N and take the newest of the first R answers. If
R + W > N, the R and the W share at least one replica, so a read meets the last write that was done. Versions order the
writes; a replica keeps the newest it has seen. A read that finds an older answer writes the newest back to it (*read repair*).

The overlap is less than it sounds. A write that got fewer than W answers is reported as failed and not taken back: it may
turn up in a later read. Two clients that write at once need versions that order them. And a read may see a write under way
that the next read, from other replicas, does not see, unless the newest answer is written to a write quorum before it is
given, as it is here.

Source. D. K. Gifford, *Weighted Voting for Replicated Data*, SOSP 1979; G. DeCandia et al., *Dynamo*, SOSP 2007; writing back
before answering: H. Attiya, A. Bar-Noy, D. Dolev, *Sharing Memory Robustly in Message-Passing Systems*, JACM 1995.

Limits. Replicas are fixed: with a *sloppy* quorum, where stand-ins take writes, sets no longer overlap. Compare-and-set
needs consensus; votes on single reads and writes do not give it. Not for more than one key at a time.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

Value = TypeVar("Value")
Reply = TypeVar("Reply")
UNDER_WAY: set[asyncio.Future[Any]] = set()
"""Calls that nobody waits for any more: an event loop alone does not keep them alive."""


class NotEnoughReplicas(Exception):
    """Fewer answered than the quorum asks for. A write may have reached some."""


@dataclass(frozen=True, slots=True)
class Versioned(Generic[Value]):
    """A value and its place among the writes: a counter, and the writer's name where two counted alike."""

    version: tuple[int, str]
    value: Value


class Replica(Protocol[Value]):
    """One copy. Raises `OSError` when it cannot be reached."""

    async def read(self) -> Versioned[Value]: ...

    async def write(self, new: Versioned[Value]) -> None:
        """Keep it if it is newer than what is there."""


class QuorumRegister(Generic[Value]):
    """One value on `replicas`; `read_quorum` is R, `write_quorum` is W."""

    def __init__(self, replicas: Sequence[Replica[Value]], *, read_quorum: int, write_quorum: int) -> None:
        if not (1 <= read_quorum <= len(replicas) and 1 <= write_quorum <= len(replicas)):
            raise ValueError(f"R = {read_quorum} and W = {write_quorum} must be from 1 to N = {len(replicas)}")
        self.replicas = tuple(replicas)
        self.read_quorum = read_quorum
        self.write_quorum = write_quorum

    @property
    def overlaps(self) -> bool:
        """Whether each read meets the last write that was done."""
        return self.read_quorum + self.write_quorum > len(self.replicas)

    async def write(self, new: Versioned[Value]) -> None:
        """Returns when W replicas have it. Raises `NotEnoughReplicas` and leaves it where it arrived."""
        await first_answers((replica.write(new) for replica in self.replicas), self.write_quorum)

    async def read(self) -> Value:
        """The newest of R answers, given when W replicas have it: those found behind are brought up to date."""
        answers = await first_answers((named(replica) for replica in self.replicas), self.read_quorum)
        newest = max((versioned for _replica, versioned in answers), key=lambda each: each.version)
        up_to_date = [replica for replica, versioned in answers if versioned.version == newest.version]
        if len(up_to_date) < max(len(answers), self.write_quorum):
            others = [replica for replica in self.replicas if replica not in up_to_date]
            await first_answers((replica.write(newest) for replica in others), self.write_quorum - len(up_to_date))
        return newest.value


async def named(replica: Replica[Value]) -> tuple[Replica[Value], Versioned[Value]]:
    return replica, await replica.read()


async def first_answers(calls: Iterable[Awaitable[Reply]], enough: int) -> list[Reply]:
    """`enough` replies or more, as soon as they are there. The other calls go on, so a slow replica gets its write as well."""
    pending = {asyncio.ensure_future(call) for call in calls}
    UNDER_WAY.update(pending)
    for each in pending:
        each.add_done_callback(UNDER_WAY.discard)
    answers: list[Reply] = []
    while pending and len(answers) < enough:
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        answers += [each.result() for each in done if not isinstance(each.exception(), OSError)]
    if len(answers) < enough:
        raise NotEnoughReplicas(f"{len(answers)} of {enough} answered")
    for each in pending:
        each.add_done_callback(hear)
    return answers


def hear(late: asyncio.Future[Reply]) -> None:
    """Whether a late replica answered or not changes nothing any more."""
    if not late.cancelled():
        late.exception()
