"""Load shedding by priority: when not all can be served, say no to what matters least.

Problem. Under overload somebody is turned away. A queue that does not ask who turns away a checkout to keep a prefetch. The
requests that pay for the service, and the ones that keep it running, are lost in proportion to their number.

Rule. Give every request a class when it enters the system, and carry the class along with every call it causes. 0 is the most
important:

    0  critical      a user waits and money or safety hangs on it: checkout, login, health checks
    1  normal        a user waits: pages, searches
    2  background    nobody waits: prefetch, reports, retries of batch jobs

Serve the most important that waits, first come, first served within a class. When the line is full, a newcomer takes the place
of the *newest* of the least important class, if that is less important than itself; else it is turned away. So the lowest
class loses all it has before the next one loses anything.

Source. The Google SRE book (2016), ch. 21 "Handling Overload" (criticality as part of every request);
K. Kleinrock, *Queueing Systems*, vol. 2 (1976), ch. 3 for what priorities do to each class's wait.

Limits. The lowest class starves for as long as the overload lasts: it must be able to wait or to fail. It helps only when the
important is a part of the traffic: if all is critical, nothing is. Classes are set by whoever is trusted, at the edge;
clients that set their own will all be critical by next year. Work that has begun is not interrupted.
"""

from collections import OrderedDict

from labs.patterns.admission_queue import Line, Ticket, TurnAway


class PriorityLine(Line):
    """A line for `AdmissionQueue`: `limit` may wait in all (None: any number), in `classes` classes from 0 on."""

    def __init__(self, limit: int | None, classes: int = 3) -> None:
        self.limit = limit
        self._waiting: list[OrderedDict[Ticket, None]] = [OrderedDict() for _ in range(classes)]

    def __len__(self) -> int:
        return sum(map(len, self._waiting))

    def join(self, ticket: Ticket, now_s: float, turn_away: TurnAway) -> None:
        if self.limit is not None and len(self) >= self.limit:
            worse = next((line for line in reversed(self._waiting[ticket.priority + 1 :]) if line), None)
            if worse is None:
                turn_away(ticket, f"{self.limit} that matter as much wait already")
                return
            newest, _nothing = worse.popitem()
            turn_away(newest, "its place went to something that matters more")
        self._waiting[ticket.priority][ticket] = None

    def next(self, now_s: float, turn_away: TurnAway) -> Ticket | None:
        best = next((line for line in self._waiting if line), None)
        return best.popitem(last=False)[0] if best else None

    def leave(self, ticket: Ticket) -> None:
        self._waiting[ticket.priority].pop(ticket, None)
