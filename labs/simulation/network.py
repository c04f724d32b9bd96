"""The way between nodes: it takes time, loses messages, and can be cut.

A lost message is silence: whoever waits for it waits until its own timeout. A cut looks the same from both sides, which is
why a caller cannot tell a dead service from a dead line.
"""

from collections.abc import Awaitable
from typing import TypeVar

from labs.simulation.distributions import Constant, Distribution
from labs.simulation.primitives import park, sleep
from labs.simulation.randomness import Streams

Answer = TypeVar("Answer")


class Link:
    """One direction of a line: a latency for each message, and a share of messages in [0, 1] that get lost.

    Both are drawn for every message, lost or not, from two streams of the link's own; both may be changed at any time.
    """

    def __init__(self, name: str, streams: Streams, latency: Distribution = Constant(0.0), loss: float = 0.0) -> None:  # noqa: B008 - frozen
        self.name = name
        self.loss = loss
        self.sent = self.lost = 0
        self._latency_rng = streams(f"{name}:latency")
        self._uniform = streams(f"{name}:loss").random
        self.latency = latency

    @property
    def latency(self) -> Distribution:
        return self._latency

    @latency.setter
    def latency(self, latency: Distribution) -> None:
        self._latency = latency
        self._sample_s = latency.sampler(self._latency_rng)

    async def cross(self, cut: bool = False) -> None:
        """Return when the message has arrived; never, when it is lost or the line is cut."""
        delay_s, luck = self._sample_s(), self._uniform()
        self.sent += 1
        if cut or luck < self.loss:
            self.lost += 1
            await park()
        await sleep(delay_s)


class Network:
    """Links between named nodes, made when first used, with one latency and loss unless told otherwise by `link(...)`."""

    def __init__(self, streams: Streams, latency: Distribution = Constant(0.0), loss: float = 0.0) -> None:  # noqa: B008 - frozen
        self._streams = streams
        self._latency = latency
        self._loss = loss
        self._links: dict[tuple[str, str], Link] = {}
        self._sides: dict[str, int] = {}

    def link(self, source: str, target: str) -> Link:
        """The link from one node to the other; set its `latency` and `loss`."""
        if (source, target) not in self._links:
            name = f"link:{source}>{target}"
            self._links[source, target] = Link(name, self._streams, self._latency, self._loss)
        return self._links[source, target]

    def partition(self, *sides: tuple[str, ...]) -> None:
        """Cut the lines between these groups of nodes; a node that is in none of them reaches, and is reached by, all."""
        self._sides = {node: number for number, side in enumerate(sides) for node in side}

    def heal(self) -> None:
        """Mend all cuts. What was sent into them is lost."""
        self._sides = {}

    def reaches(self, source: str, target: str) -> bool:
        here, there = self._sides.get(source), self._sides.get(target)
        return here is None or there is None or here == there

    async def send(self, source: str, target: str) -> None:
        """One message on its way; returns when it has arrived. A cut is met where the message sets out."""
        await self.link(source, target).cross(cut=not self.reaches(source, target))

    async def call(self, source: str, target: str, answer: Awaitable[Answer]) -> Answer:
        """Send a request, await the answer at the other end, and bring it back, be it a result or an exception."""
        try:
            await self.send(source, target)
        except BaseException:
            close_unstarted(answer)
            raise
        try:
            result = await answer
        except Exception:
            await self.send(target, source)
            raise
        await self.send(target, source)
        return result


def close_unstarted(answer: object) -> None:
    """A coroutine that will never be awaited is closed, or Python warns about it."""
    if hasattr(answer, "close"):
        answer.close()
