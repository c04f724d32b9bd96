"""Hybrid feed: most posts are written into their readers' feeds, those of very large authors are fetched when somebody reads.

Problem. A feed shows the newest posts of all whom a reader follows. Gathering them at each reading costs a lookup per followed
author. Writing each post into all followers' feeds costs an insert per follower, and one author with millions of them holds up
everybody's posts.

Rule. An author is on one of two sides. *Push*: workers insert the post's id into the feeds of the active followers, in batches.
*Pull*: nothing is written; the reader fetches the author's newest posts. A reading merges both by time.

Four things that sketches leave out. Inserting twice is inserting once, so a batch may be repeated after a crash. Two borders,
not one, decide about the side, so that an author at the edge does not flicker. After going back to push an author is still
pulled for `overlap_s`, since what was posted meanwhile stands in no feed. And the reading leaves out what was deleted or
unfollowed since: a feed holds ids and is nobody's truth.

Source. A. Silberstein et al., *Feeding Frenzy: Selectively Materializing Users' Event Feeds*, SIGMOD 2010; R. Krikorian,
*Timelines at Scale*, 2013 (Twitter: 800 entries, no feeds for people who stay away for 30 days).

Limits. In memory, to show the rules. At work the feeds are lists in a store that may be lost and built again, the batches come
from a queue, and one reader's pulled authors must be few or bounded: they pay for them at each reading.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import chain

from labs.patterns.clock import Clock, running_loop_time


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """What a feed keeps of a post; its text is fetched at reading."""

    at_s: float
    post_id: int
    author_id: int


@dataclass(frozen=True, slots=True)
class Border:
    """Followers above which an author is pulled, and below which it is pushed again."""

    pull_above: int
    push_below: int

    def pulls(self, followers: int, pulled: bool) -> bool:
        return followers >= self.push_below if pulled else followers > self.pull_above


class HybridFeed:
    """Feeds of readers and newest posts of authors. `length` bounds both."""

    def __init__(
        self, border: Border, *, length: int = 800, overlap_s: float = 86_400.0, clock: Clock = running_loop_time
    ) -> None:
        self.border = border
        self.length = length
        self.overlap_s = overlap_s
        self.clock = clock
        self._feeds: defaultdict[int, dict[int, Entry]] = defaultdict(dict)
        self._newest: defaultdict[int, dict[int, Entry]] = defaultdict(dict)
        self._pulled: set[int] = set()
        self._pushed_again_s: dict[int, float] = {}
        self._deleted: set[int] = set()

    def publish(self, entry: Entry, followers: int) -> bool:
        """Keep the post under its author; True if it is to be fanned out. This is all that the author's request waits for."""
        self._choose_side(entry.author_id, followers)
        self._keep(self._newest[entry.author_id], entry)
        return entry.author_id not in self._pulled

    async def fan_out(self, entry: Entry, active_followers: Iterable[Sequence[int]]) -> int:
        """Insert into feeds, a batch at a time, with a breath between batches. Returns the inserts. Repeating is harmless."""
        inserts = 0
        for batch in active_followers:
            for reader in batch:
                self._keep(self._feeds[reader], entry)
            inserts += len(batch)
            await asyncio.sleep(0)
        return inserts

    def read(self, reader: int, followed: Collection[int], limit: int = 20) -> list[Entry]:
        """The newest entries, newest first, each once: pushed ones and those of pulled authors, less what is gone by now."""
        pulled = [self._newest[author].values() for author in followed if self._is_pulled(author)]
        found = {entry.post_id: entry for entry in chain(self._feeds[reader].values(), *pulled)}
        there = (entry for entry in found.values() if entry.author_id in followed and entry.post_id not in self._deleted)
        return nlargest(limit, there)

    def delete(self, post_id: int) -> None:
        """One mark instead of a million removals."""
        self._deleted.add(post_id)

    def _choose_side(self, author: int, followers: int) -> None:
        pulled = author in self._pulled
        if self.border.pulls(followers, pulled) == pulled:
            return
        self._pulled.symmetric_difference_update({author})
        if pulled:
            self._pushed_again_s[author] = self.clock()

    def _is_pulled(self, author: int) -> bool:
        since_s = self._pushed_again_s.get(author)
        return author in self._pulled or (since_s is not None and self.clock() - since_s < self.overlap_s)

    def _keep(self, entries: dict[int, Entry], entry: Entry) -> None:
        entries[entry.post_id] = entry
        if len(entries) > self.length:
            del entries[min(entries.values()).post_id]
