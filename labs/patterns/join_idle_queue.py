"""Join idle queue: idle servers report to a balancer, and requests go to those that have.

Problem. To find an idle server a balancer looks at servers while the request waits. With many balancers and many servers
those looks are traffic of their own, on the critical path, and what they bring back is old when it arrives.

Rule. Turn it round. A server that has become idle puts its name into the idle queue of *one* balancer, drawn at random. A
balancer sends each request to the first name in its queue, and takes it out; where the queue is empty it draws any server.
The search for idle servers then goes on while requests are served, not while they wait, and costs one message per idle time
instead of two per request.

With one balancer it is exact and needs no messages: the balancer knows itself what is idle. With several, a balancer whose
own queue is empty may draw a server that stands in another's. That server withdraws its name there: one more message, for
otherwise a request would be sent to it in the belief that it is idle. The more servers there are to a balancer, the rarer
that is.

Source. Yi Lu, Qiaomin Xie, Gabriel Kliot, Alan Geller, James Larus, Albert Greenberg, Join-Idle-Queue: A novel load
balancing algorithm for dynamically scalable web services, *Performance Evaluation* 68 (2011); this is its JIQ-Random.

Limits. It tells idle from busy and nothing more. Near full load idle servers are rare, most requests are drawn at random,
and queues grow as they do there: least connections is better then. It ignores speed and weight: a slow server gets work
when it is idle, and at random. A server that fails fast is idle again at once and reports it. Messages can be lost: let
servers repeat them.
"""

from random import Random

from labs.patterns.balancing import Policy, Server, Snapshot


class JoinIdleQueue(Policy):
    """First come, first served among the idle servers, else any ready one.

    `alone`: this balancer sees all the traffic, so servers are idle when it has nothing under way there. Otherwise they say so
    themselves: hand their messages to `idle` and `withdraw`.
    """

    def __init__(self, rng: Random | None = None, *, alone: bool = True) -> None:
        super().__init__()
        self._uniform = (rng or Random()).random
        self.alone = alone
        self._present: dict[str, Server] = {}
        self._idle: dict[str, Server] = {}

    @property
    def idle_servers(self) -> tuple[str, ...]:
        """The names in the queue, the first first."""
        return tuple(self._idle)

    def change(self, members: Snapshot, ready: Snapshot) -> None:
        super().change(members, ready)
        self._present = {server.name: server for server in ready}
        self._idle = {name: self._present[name] for name in self._idle if name in self._present}
        if self.alone:
            for server in ready:
                self.idle(server.name)

    def idle(self, name: str) -> None:
        """The server says that it has nothing to do. Ignored where it is not ready, or in the queue already."""
        server = self._present.get(name)
        if server is not None and not self.active[name]:
            self._idle.setdefault(name, server)

    def withdraw(self, name: str) -> None:
        """The server says that it has got a request from elsewhere."""
        self._idle.pop(name, None)

    def pick(self, key: str) -> Server:
        if self._idle:
            return next(iter(self._idle.values()))
        return self.ready[int(self._uniform() * len(self.ready))]

    def began(self, server: Server) -> None:
        super().began(server)
        self._idle.pop(server.name, None)

    def ended(self, server: Server, latency_s: float, failed: bool) -> None:
        super().ended(server, latency_s, failed)
        if self.alone:
            self.idle(server.name)
