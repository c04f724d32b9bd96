"""One random stream per component, all derived from the run's seed.

Two components never share a stream, so a policy that draws more often, or a fault that is switched on, changes nobody
else's luck: arms can be compared under the same traffic (common random numbers). A stream depends on the seed and its name
alone, not on the order in which streams are asked for, nor on the process.
"""

from hashlib import blake2b
from random import Random


class Streams:
    """The random streams of one run: `streams("arrivals")` is the same `random.Random` each time."""

    def __init__(self, seed: int | str) -> None:
        self.seed = seed
        self._streams: dict[str, Random] = {}

    def __call__(self, name: str) -> Random:
        stream = self._streams.get(name)
        if stream is None:
            stream = self._streams[name] = Random(stream_seed(self.seed, name))
        return stream


def stream_seed(seed: int | str, name: str) -> int:
    """A 128-bit digest of seed and name, the same in every process."""
    written = f"{type(seed).__name__}:{seed}\0{name}"
    return int.from_bytes(blake2b(written.encode(), digest_size=16).digest(), "big")
