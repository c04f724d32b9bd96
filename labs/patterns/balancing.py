"""Load balancing: which of several servers gets the next request, and what that choice must rest on.

Problem. Several servers can do the same work. Somebody has to choose one for each request, thousands of times a second,
while servers come, go, fall ill and recover, and while the requests chosen for earlier are still under way.

Rule. The *policy* (random, round robin, least connections, …: one file each) is the small part, a function from what is
known to a server. Around it belongs what every policy needs, and what sketches get wrong:

1. A pick works on a *snapshot*. Members and healthy members are tuples that a change replaces whole, never lists that
   somebody changes. Nothing can shrink between the look at the length and the look at the item, and whatever a policy has
   derived from the snapshot (a table of weights, a ring) is derived anew at each change, of health as much as of
   membership.
2. An ill server stays a member and is not picked. Whoever deletes it at the first failed probe has nobody to readmit.
3. Acquire and release are one scoped operation, the `lease`. Counting that is left to callers is forgotten, and a count
   that is never raised sends everything to the first server.
4. A lease ends on every way out: with an answer, an error, a cancellation. An error is told to the policy as well, because
   a server that fails fast looks idle.
5. An empty pool is an ordinary day's state and has an error of its own, `NoServerReady`: nothing was sent.

Source. Nginx, HAProxy and Envoy agree on this shape; the terms follow Envoy's documentation of its load balancers. Copy on
write: Brian Goetz et al., *Java Concurrency in Practice* (2006), 5.2.3.

Limits. It knows what passes through this process: ten balancers have ten opinions about which server is idle. It neither
probes (health checks do, and call `set_health`) nor tries again (a retry around `call` picks afresh). A pick never waits,
so within one event loop nothing comes between it and its count. Across threads the snapshots stay safe to read; counts and
draws do not: there, put a lock around entering and leaving the lease.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from math import isfinite
from types import TracebackType
from typing import TypeVar

from labs.patterns.clock import Clock, running_loop_time

Result = TypeVar("Result")


class NoServerReady(Exception):
    """There is no server that a request could go to: none is a member, none is healthy, or none has a weight."""


@dataclass(frozen=True, slots=True)
class Server:
    """One server. `weight` is its share of the work relative to the others'; 0 gives it none. Policies may ignore weights."""

    name: str
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not (isfinite(self.weight) and self.weight >= 0.0):
            raise ValueError(f"the weight of {self.name} must be a number from 0 up, not {self.weight}")


Snapshot = tuple[Server, ...]


class Policy(ABC):
    """Picks a server. `ready` are the healthy members, `active` the requests that this balancer has under way, by name."""

    def __init__(self) -> None:
        self.members: Snapshot = ()
        self.ready: Snapshot = ()
        self.active: dict[str, int] = {}

    def change(self, members: Snapshot, ready: Snapshot) -> None:
        """Members, weights or health have changed: derive anew whatever was derived from them."""
        self.members, self.ready = members, ready
        under_way = {name: count for name, count in self.active.items() if count}
        self.active = {**under_way, **{server.name: under_way.get(server.name, 0) for server in members}}

    @abstractmethod
    def pick(self, key: str) -> Server:
        """One of the ready servers, for a request about `key`. `ready` is not empty; must not wait."""

    def began(self, server: Server) -> None:
        """A request to it is under way."""
        self.active[server.name] += 1

    def ended(self, server: Server, latency_s: float, failed: bool) -> None:
        """That request has ended, one way or the other; the server may have left meanwhile."""
        self.active[server.name] -= 1


class Balancer:
    """The members, their health, and a policy. Use it as `await balancer.call(send, key=…)`, or as

    with balancer.lease(key) as lease:
        status = await send(lease.server)
        lease.failed = status >= 500
    """

    def __init__(self, policy: Policy, servers: Iterable[Server] = (), clock: Clock = running_loop_time) -> None:
        self.policy = policy
        self.clock = clock
        self.members: Snapshot = ()
        self.ready: Snapshot = ()
        self._ill: frozenset[str] = frozenset()
        for server in servers:
            self._refuse_namesake(server.name)
            self.members = (*self.members, server)
        self._publish(self.members)

    def add(self, server: Server) -> None:
        """A new member, healthy until somebody says otherwise. Raises ValueError if one of that name is there."""
        self._refuse_namesake(server.name)
        self._publish((*self.members, server))

    def remove(self, name: str) -> None:
        """It gets nothing new; what it has under way goes on. Raises LookupError if it is no member."""
        gone = self._member(name)
        self._ill -= {name}
        self._publish(tuple(server for server in self.members if server is not gone))

    def reweigh(self, name: str, weight: float) -> None:
        """Give a member another weight. Raises LookupError if it is no member."""
        before = self._member(name)
        after = Server(name, weight)
        self._publish(tuple(after if server is before else server for server in self.members))

    def set_health(self, name: str, healthy: bool) -> None:
        """What a health check has found. Raises LookupError if it is no member."""
        self._member(name)
        self._ill = self._ill - {name} if healthy else self._ill | {name}
        self._publish(self.members)

    def lease(self, key: str = "") -> "Lease":
        """Leave to send one request; entering it picks the server and raises NoServerReady where there is none."""
        return Lease(self, key)

    async def call(self, send: Callable[[Server], Awaitable[Result]], key: str = "") -> Result:
        """Await `send(server)`; an error that it raises is told to the policy and passed on."""
        with self.lease(key) as lease:
            return await send(lease.server)

    def pick(self, key: str) -> Server:
        """What the policy says, without a lease: nothing is counted."""
        if not self.ready:
            raise NoServerReady(f"none of {len(self.members)} servers is healthy" if self.members else "there are no servers")
        return self.policy.pick(key)

    def _publish(self, members: Snapshot) -> None:
        self.members = members
        self.ready = tuple(server for server in members if server.name not in self._ill)
        self.policy.change(self.members, self.ready)

    def _member(self, name: str) -> Server:
        for server in self.members:
            if server.name == name:
                return server
        raise LookupError(f"{name} is no member")

    def _refuse_namesake(self, name: str) -> None:
        if any(server.name == name for server in self.members):
            raise ValueError(f"{name} is a member already")


class Lease:
    """One request's time with a server. Set `failed` when the answer speaks against the server, a 5xx for instance."""

    __slots__ = ("_balancer", "_began_s", "_key", "failed", "server")

    server: Server

    def __init__(self, balancer: Balancer, key: str) -> None:
        self._balancer = balancer
        self._key = key
        self.failed = False

    def __enter__(self) -> "Lease":
        balancer = self._balancer
        self.server = balancer.pick(self._key)
        self._began_s = balancer.clock()
        balancer.policy.began(self.server)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        balancer = self._balancer
        failed = self.failed or isinstance(error, Exception)
        balancer.policy.ended(self.server, balancer.clock() - self._began_s, failed)
