"""What a key costs in the store: a model of Valkey 9's MEMORY USAGE, fitted to what it says on a 64-bit Linux.

A short string with its key and expiry takes 40 to 72 bytes. A sorted set of up to 128 entries is one packed list, about 31
bytes an entry; from the 129th on it is a hash table and a skip list, about 79 bytes an entry, and stays that until it is
empty.
"""

from labs.patterns.naive_log_limiter import NaiveLogLimiter
from labs.patterns.rate_limiting import Limiter
from labs.patterns.sliding_log_limiter import SlidingLog
from labs.patterns.token_bucket import TokenBucket

SHORT_STRING_BYTES = 56.0
TWO_NUMBERS_BYTES = 72.0
PACKED_ENTRIES = 128
PACKED_BYTES, PACKED_ENTRY_BYTES, PACKED_TIME_BYTES = 48.0, 31.2, 28.0
TREE_BYTES, TREE_ENTRY_BYTES = 960.0, 79.1


def key_bytes(limiter: Limiter, key: str, now_s: float) -> float:
    """Bytes that the store would hold for `key`; 0 where it holds nothing."""
    if isinstance(limiter, SlidingLog):
        return set_bytes(limiter.entries(key, now_s), PACKED_ENTRY_BYTES)
    if isinstance(limiter, NaiveLogLimiter):
        return set_bytes(limiter.entries(key), PACKED_TIME_BYTES)
    return TWO_NUMBERS_BYTES if isinstance(limiter, TokenBucket) else SHORT_STRING_BYTES


def set_bytes(entries: int, packed_entry_bytes: float) -> float:
    """A sorted set with so many entries."""
    if not entries:
        return 0.0
    if entries <= PACKED_ENTRIES:
        return PACKED_BYTES + packed_entry_bytes * entries
    return TREE_BYTES + TREE_ENTRY_BYTES * entries
