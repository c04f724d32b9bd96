"""Idempotency keys: a request that comes several times takes effect once and is answered every time.

Problem. A payment is made, and the answer is lost. The client cannot know, so it asks again. Refusing the repeat leaves it
without an answer; doing it again charges twice.

Rule. The client makes a key for the *intention* (not for the attempt) and sends it with each attempt. The server claims the key
before it works, in one atomic step, and keeps the answer under it. Then there are four cases. An unknown key is claimed and the
work is done. A key with an answer gets that answer. A key that is claimed but has no answer yet is under way somewhere: refuse
(409) and let the client come back. A key that comes with another request is a mistake of the client (422).

A worker that dies leaves a claim without an answer. After `lease_s` somebody else may take it over; each claim has a number,
and the answer of an overtaken one is not kept. Answers are forgotten after `keep_s`, which must be longer than clients retry.

An error that says that nothing was done (`NotDone`) gives the key back. Any other leaves the outcome open, so the claim stays
until its lease ends, and the work must then find out what happened before it does anything.

Source. Stripe, *Idempotent requests* (API reference); IETF draft-ietf-httpapi-idempotency-key-header, *The Idempotency-Key HTTP
Header Field*; B. Leach, *Implementing Stripe-like Idempotency Keys in Postgres*, 2017.

Limits. This store lives in memory and shows the rules. At work the claim is a row with a unique key. Where the effect is a row
in the same database, write both in one transaction, and claims, leases and doubt disappear. Where it is a call to somebody
else, pass a key on to them: a lease that ends early means the work is begun twice.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from labs.patterns.clock import Clock, running_loop_time

Answer = TypeVar("Answer")


class NotDone(Exception):
    """The work was refused before it had any effect: the key may be used again."""


class UnderWay(Exception):
    """The first request with this key has not been answered yet."""


class KeyReused(Exception):
    """The key belongs to another request."""


@dataclass(slots=True)
class Claim(Generic[Answer]):
    """A key in use. `answer` is a tuple of one once there is one."""

    fingerprint: str
    number: int
    until_s: float
    answer: tuple[Answer] | None = None


class IdempotencyStore(Generic[Answer]):
    """Keys, their claims and their answers."""

    def __init__(self, *, lease_s: float = 60.0, keep_s: float = 86_400.0, clock: Clock = running_loop_time) -> None:
        self.lease_s = lease_s
        self.keep_s = keep_s
        self.clock = clock
        self._claims: dict[str, Claim[Answer]] = {}
        self._number = 0

    async def once(self, key: str, fingerprint: str, work: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer to the first request with this key; `work` is awaited if this is the first."""
        claim = self.claim(key, fingerprint)
        if claim.answer is not None:
            return claim.answer[0]
        try:
            answer = await work()
        except NotDone:
            self.release(key, claim)
            raise
        self.settle(key, claim, answer)
        return answer

    def claim(self, key: str, fingerprint: str) -> Claim[Answer]:
        """A new claim, or the answered one. Raises `UnderWay` and `KeyReused`."""
        now_s = self.clock()
        found = self._claims.get(key)
        if found is not None and (found.answer is None or now_s < found.until_s):
            if found.fingerprint != fingerprint:
                raise KeyReused(key)
            if found.answer is not None:
                return found
            if now_s < found.until_s:
                raise UnderWay(key)
        self._number += 1
        self._claims[key] = Claim(fingerprint, self._number, now_s + self.lease_s)
        return self._claims[key]

    def settle(self, key: str, claim: Claim[Answer], answer: Answer) -> bool:
        """Keep the answer; False if the claim was overtaken."""
        if not self._holds(key, claim):
            return False
        claim.answer = (answer,)
        claim.until_s = self.clock() + self.keep_s
        return True

    def release(self, key: str, claim: Claim[Answer]) -> None:
        if self._holds(key, claim):
            del self._claims[key]

    def forget_old(self) -> int:
        """Drop answers whose time is over, as a nightly job does. Returns how many went."""
        old = [key for key, claim in self._claims.items() if claim.answer is not None and claim.until_s <= self.clock()]
        for key in old:
            del self._claims[key]
        return len(old)

    def _holds(self, key: str, claim: Claim[Answer]) -> bool:
        found = self._claims.get(key)
        return found is not None and found.number == claim.number
