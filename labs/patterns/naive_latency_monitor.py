"""The monitor of many tutorials, with its faults: a p95 from an unordered map, a lower edge, a truncated rank, no window.

It keeps counts by bucket of 50 ms in a concurrent hash map and, for a percentile, walks the map until it has passed the rank.
A hash map has no order that means anything. Java's goes by *slot*, the hash modulo the size of its table: with keys 0, 50, 100
and so on in a table of 16 that happens to be ascending up to 350, and then 400 shares the slot of 0. The twelfth key makes the
table grow to 32 slots, and from then on nothing is in order. `java_order` gives the walk of
`java.util.concurrent.ConcurrentHashMap` in Java 17 for such keys, so that the fault can be seen without Java. It is exact as
long as no two keys share a slot of a table that has grown (keys below 800 never do): growing may turn the order within a slot
round.

Also wrong: the *lower* edge of the bucket is reported, up to 50 ms too little; the rank is cut off, so that of two samples, 20
and 900 ms, it is 1 and the p95 is 0 ms; and all is counted since the start, so that a week of good hours hides the bad one.
`labs.patterns.latency_histogram` is the cure.
"""

from collections.abc import Iterable

BUCKET_MS = 50
FIRST_TABLE = 16


class NaiveLatencyMonitor:
    """Counts since the start, in buckets of 50 ms."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self.total = 0

    def record(self, duration_ms: float, times: int = 1) -> None:
        bucket = int(duration_ms) // BUCKET_MS * BUCKET_MS
        self._counts[bucket] = self._counts.get(bucket, 0) + times
        self.total += times

    def percentile_ms(self, share: float) -> int:
        """What the tutorial calls p95 at 0.95."""
        rank, seen = int(self.total * share), 0
        for bucket in java_order(self._counts):
            seen += self._counts[bucket]
            if seen >= rank:
                return bucket
        return 0


def java_order(keys: Iterable[int]) -> list[int]:
    """Small non-negative keys in the order in which the map's walk meets them: by slot, in one slot as they came."""
    came, slots = list(keys), FIRST_TABLE
    while len(came) >= slots * 3 // 4:
        slots *= 2
    return sorted(came, key=lambda key: key % slots)
