"""Adaptive LIFO: when there is a crowd, serve the newest first.

Problem. In a queue that is longer than the clients' patience, first come, first served is the worst order there is: whoever
reaches the front has waited longest and is the likeliest to have left. Every request gets its turn just after it stopped
mattering. Fair to all, useful to none.

Rule. Serve in order of arrival while few wait; from `lifo_from` waiting on, serve the newest first. The newest has all its
patience left, so it is answered in time; those at the bottom were lost anyway. When the line is full the *oldest* is turned
away, not the newcomer.

    waiting:      a b            few: a starts, as ever
    waiting:      a b c d e f    a crowd: f starts, then whoever came meanwhile; a … e mostly run out of patience

Below saturation it is a plain queue, so it costs nothing on an ordinary day. Combine it with a bound on the time in line
(`codel.py`): LIFO decides who is served, the bound clears out who is not.

Source. Ben Maurer, "Fail at Scale", ACM Queue 13(8), 2015, "Adaptive LIFO".

Limits. It is unfair on purpose: the spread of waits is far wider than in a FIFO of the same length, and the mean is the same.
It breaks whatever rests on order: two messages of one user may change places. It is for requests with somebody waiting,
never for a log or a job queue. Clients with much more patience than others are starved by the impatient.
"""

from collections import OrderedDict

from labs.patterns.admission_queue import Line, Ticket, TurnAway


class AdaptiveLifo(Line):
    """A line for `AdmissionQueue`: `limit` may wait (None: any number), newest first from `lifo_from` waiting on."""

    def __init__(self, limit: int | None, lifo_from: int = 1) -> None:
        self.limit = limit
        self.lifo_from = lifo_from
        self._waiting: OrderedDict[Ticket, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def newest_first(self) -> bool:
        """Whether there is a crowd at this instant."""
        return len(self._waiting) >= self.lifo_from

    def join(self, ticket: Ticket, now_s: float, turn_away: TurnAway) -> None:
        self._waiting[ticket] = None
        if self.limit is not None and len(self._waiting) > self.limit:
            oldest, _nothing = self._waiting.popitem(last=False)
            turn_away(oldest, f"{self.limit} newer ones wait")

    def next(self, now_s: float, turn_away: TurnAway) -> Ticket | None:
        return self._waiting.popitem(last=self.newest_first)[0] if self._waiting else None

    def leave(self, ticket: Ticket) -> None:
        self._waiting.pop(ticket, None)
