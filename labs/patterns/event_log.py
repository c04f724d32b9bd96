"""Event log: events are kept, and every consumer reads them at its own pace from a place of its own.

Problem. A bus that calls its subscribers loses what happens while one is away, and lets one failure hit the others.

Rule. Events are appended to partitions, chosen by a hash of their key, and stay there. A consumer group has a cursor in each
partition. When the cursor moves decides what a crash does: moved *before* the work, an event may be lost (at most once);
moved *after* it, an event may be worked on twice (at least once). Within a partition events come in order, so those of one
key do. An event that keeps failing is put aside as a dead letter after `tries`, with the reason, and the cursor moves on.

What sketches leave out:

1. Setting aside breaks the order of its key: later events of that key are worked on without it. `park_key` puts them aside as
   well, which is right where order matters more than progress.
2. Dead letters are work for somebody. They need an owner, an alarm on their number, and a way to be handed in again.
3. A crash is not a failure of the handler: it is not counted as a try and comes back for ever, if it is the event that kills.

Source. Jay Kreps, *The Log* (2013); Apache Kafka, documentation, "Message Delivery Semantics"; Gregor Hohpe and Bobby Woolf,
*Enterprise Integration Patterns* (2003), "Dead Letter Channel".

Limits. In memory, one consumer for each group, no retention; dead letters and parked keys should be stored beside the
cursors. A real log deletes by age: whoever is away for longer has lost. To change the number of partitions moves keys, and
with them their order.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal
from zlib import crc32

from labs.patterns.events import Event

Handle = Callable[[Event], Awaitable[None]]


class EventLog:
    def __init__(self, partitions: int = 4) -> None:
        self.partitions: list[list[Event]] = [[] for _ in range(partitions)]

    def append(self, event: Event) -> None:
        self.partitions[self.partition_of(event.key)].append(event)

    def partition_of(self, key: str) -> int:
        return crc32(key.encode()) % len(self.partitions)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    event: Event
    reason: str


class Consumer:
    """One group's place in the log. `cursors` is what survives a crash of the consumer; the rest does not."""

    def __init__(
        self,
        log: EventLog,
        handle: Handle,
        *,
        move: Literal["before", "after"] = "after",
        tries: int = 3,
        park_key: bool = False,
    ) -> None:
        self.log = log
        self.handle = handle
        self.move = move
        self.tries = tries
        self.park_key = park_key
        self.cursors = [0] * len(log.partitions)
        self.dead: list[DeadLetter] = []
        self.parked: set[str] = set()

    @property
    def lag(self) -> int:
        """Events that are in the log and not behind the cursor."""
        return sum(len(events) - cursor for events, cursor in zip(self.log.partitions, self.cursors, strict=True))

    async def poll(self) -> None:
        """Work off all that is there."""
        for partition, events in enumerate(self.log.partitions):
            while self.cursors[partition] < len(events):
                event = events[self.cursors[partition]]
                if self.move == "before":
                    self.cursors[partition] += 1
                await self._work_on(event)
                if self.move == "after":
                    self.cursors[partition] += 1

    async def _work_on(self, event: Event) -> None:
        if event.key in self.parked:
            self.dead.append(DeadLetter(event, "an earlier event of this key is parked"))
            return
        for attempt in range(1, self.tries + 1):
            try:
                await self.handle(event)
                return
            except Exception as error:
                reason = f"{type(error).__name__} at try {attempt}"
        self.dead.append(DeadLetter(event, reason))
        if self.park_key:
            self.parked.add(event.key)


def keys_by_partition(log: EventLog) -> dict[int, set[str]]:
    """Which keys share a partition, and thus a consumer's pace."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for partition, events in enumerate(log.partitions):
        found[partition] |= {event.key for event in events}
    return dict(found)
