"""Composition: put timeout, retry, breaker, limiter, bulkhead and fallback around one call, in an order that is written down.

Problem. Each of the patterns is a decorator: it takes a call and gives back a call. They fit into each other in any order, all
orders type-check, all of them pass a test of one good and one bad answer, and most of them are wrong. What a decorator outside
sees is what the one inside makes of the world: a fallback inside a breaker shows it nothing but success.

Rule. Name the layers from the outermost to the innermost, build the call from that list, and log the list at start-up.

    fallback( deadline( retry( breaker( limiter( timeout( bulkhead( call )))))))

Read it outwards: a slot in the dependency's compartment; a limit on each try; a limit on the calls that are sent, retries
included; a verdict on each of them; the repetition; one limit on all of it; and what to say when all of it has failed. Why so:

1. Two limits in time. The one per try lies inside the retry, else there is nothing left to try again with. The overall one lies
   outside, else three tries of one second and their pauses take as long as they like. "Timeout before retry" in a list may
   mean either.
2. The timeout lies inside the breaker. A timeout around it reaches it as a cancellation, which is no verdict: a service that
   hangs is never noticed.
3. The fallback lies outside everything. Inside the breaker it hides the failures that should open it; inside the retry it
   answers the first of them, and nothing is tried again.
4. Limiter and bulkhead inside the retry count what is really sent. Outside, they count requests: three tries pass as one, and a
   slot is held through the pauses. Outside they are cheaper and fairer to new requests, and they bound nothing in a storm.
5. Breaker inside the retry judges tries, and opens soonest. Outside it judges requests: it sees p^n instead of p, and while it
   makes up its mind each request is n tries.
6. Refusals are not failures. `NotPermitted`, `RateLimited` and `BulkheadFull` mean that nothing was sent: a retry that repeats
   them burns its attempts on a closed door, and a breaker that counts them opens because of a limit of one's own.

`objections(order)` says which of these an order breaks.

Source. Resilience4j's documentation, "Aspect order": Retry(CircuitBreaker(RateLimiter(TimeLimiter(Bulkhead(call))))); Polly's
documentation of resilience pipelines; Michael Nygard, *Release It!* (2nd edition, 2018). On storms that outlive their cause: N.
Bronson and others, "Metastable Failures in Distributed Systems", HotOS 2021.

Limits. It orders the layers of one call; calls in layers of services multiply (retry in one of them). What is idempotent, what
counts as a failure, and which numbers to take is for each layer to know. Not every call needs all seven.
"""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from labs.patterns.fallback import Answer, Fallback
from labs.patterns.timeout import TimeLimit, call_within

Subject = TypeVar("Subject")
Result = TypeVar("Result")
Call = Callable[[Subject], Awaitable[Result]]
Decorator = Callable[[Call[Subject, Result]], Call[Subject, Result]]


@dataclass(frozen=True)
class Layer(Generic[Subject, Result]):
    """A decorator with the name by which rules and listings know it."""

    name: str
    around: Decorator[Subject, Result]


class Composed(Generic[Subject, Result]):
    """A call with its layers. `order` lists them from the outermost to the innermost; `str` shows how they nest."""

    def __init__(self, call: Call[Subject, Result], layers: Sequence[Layer[Subject, Result]]) -> None:
        self.order = tuple(layer.name for layer in layers)
        for layer in reversed(layers):
            call = layer.around(call)
        self._call = call

    def __call__(self, subject: Subject) -> Awaitable[Result]:
        return self._call(subject)

    def __str__(self) -> str:
        return "(".join((*self.order, "call")) + ")" * len(self.order)


def compose(call: Call[Subject, Result], *layers: Layer[Subject, Result]) -> Composed[Subject, Result]:
    """`call` inside the layers, the outermost first: compose(send, retry, breaker) is retry(breaker(send))."""
    return Composed(call, layers)


# Decorators of the patterns


class Guard(Protocol):
    """What breakers, retries, limiters and bulkheads have in common."""

    def call(self, function: Callable[..., Awaitable[Any]], *args: Any) -> Awaitable[Any]:
        """Await `function(*args)` if and as often as the guard sees fit."""


def through(guard: Guard) -> Decorator[Any, Any]:
    """Each call goes through the guard's own `call`."""
    return lambda call: partial(guard.call, call)


def within(timeout_s: Callable[[], float], time_limit: TimeLimit) -> Decorator[Any, Any]:
    """Each call is cancelled after `timeout_s()` seconds, and raises TimeoutError."""

    def around(call: Call[Any, Any]) -> Call[Any, Any]:
        return lambda subject: call_within(timeout_s(), call(subject), time_limit)

    return around


def falling_back(
    fallback: Fallback[Any], key: Callable[[Any], Hashable], answered: Callable[[Any, Answer[Any]], None]
) -> Decorator[Any, Any]:
    """The last good answer for `key(subject)` where the call fails; `answered(subject, answer)` hears where each came from."""

    def around(call: Call[Any, Any]) -> Call[Any, Any]:
        async def asked(subject: Any) -> Any:
            async def fetch() -> Any:
                return await call(subject)

            answer = await fallback.call(key(subject), fetch)
            answered(subject, answer)
            return answer.value

        return asked

    return around


# What is known about orders


@dataclass(frozen=True, slots=True)
class Rule:
    """`outer` belongs outside `inner`. `fatal`: the other way round one of them does not work at all; else it has a price."""

    outer: str
    inner: str
    because: str
    fatal: bool = True


RULES = (
    Rule("fallback", "breaker", "a fallback inside the breaker shows it nothing but success: it never opens"),
    Rule("fallback", "retry", "a fallback inside the retry answers the first failure: nothing is tried again"),
    Rule("fallback", "deadline", "a fallback inside the deadline has nothing to say when the deadline passes"),
    Rule("retry", "timeout", "a timeout around the retry leaves no time to try again"),
    Rule("breaker", "timeout", "a timeout around the breaker reaches it as a cancellation: it never sees a service hang"),
    Rule("deadline", "retry", "a deadline inside the retry bounds one try, and nothing bounds them all"),
    Rule("retry", "limiter", "a limiter around the retry counts requests: their repetitions pass as one", fatal=False),
    Rule("retry", "bulkhead", "a bulkhead around the retry holds a slot through the pauses between tries", fatal=False),
    Rule("retry", "breaker", "a breaker around the retry judges requests: each is as many tries as are allowed", fatal=False),
)


def objections(order: Sequence[str], *, fatal_only: bool = False) -> tuple[str, ...]:
    """What speaks against an order, outermost first; names that no rule knows are left alone. Empty: nothing does."""
    place = {name: number for number, name in enumerate(order)}
    said = [
        rule.because
        for rule in RULES
        if (rule.fatal or not fatal_only) and place.get(rule.outer, -1) > place.get(rule.inner, len(order))
    ]
    if "retry" in place and "timeout" not in place:
        said.append("no timeout inside the retry: a try that hangs is never given up for another one")
    return tuple(said)
