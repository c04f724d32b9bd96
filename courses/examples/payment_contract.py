"""A contract for payment processors, and the suite that each of them must pass before it may stand in for another.

Problem. Three providers have `charge` and `refund` with equal types. One charges twice when it is asked twice, one forgets
its keys after a day, one refuses to refund after half a year. An order service that was written against the first is wrong
with the others, and no type says so.

Rule. The contract names what callers rely on: one charge for each key, a different amount under a known key is refused, a
refused card is an answer and not an error, money is whole minor units. What may *differ* is a declared number
(`refund_days`), which callers read instead of assuming. `broken_promises` runs the same questions against every
implementation.

Source. Barbara Liskov and Jeannette Wing, "A Behavioral Notion of Subtyping" (1994).

Limits. Run it against the provider's sandbox, too: a fake only proves that the suite can fail. Where the clock cannot be moved
the questions about time take days. Currencies, minimum amounts and codes of failures need questions of their own. A key does
not reach across providers, so a charge whose end is unknown may not be sent to another one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

DAY_S = 86_400.0
Clock = Callable[[], float]


class KeyReused(Exception):
    """The key is known with another amount. Nothing was charged."""


class TooLate(Exception):
    """The time for refunds is over. Nothing was paid back."""


class Processor(Protocol):
    refund_days: int

    def charge(self, key: str, pence: int, token: str) -> Literal["charged", "declined"]:
        """Charge once for each key; asked again, give the same answer. Raises `KeyReused`."""

    def refund(self, key: str) -> None:
        """Pay a charge back, once. Raises `TooLate` after `refund_days`."""

    def balance_pence(self) -> int: ...


@dataclass
class Keyed:
    """Keeps the contract."""

    clock: Clock
    refund_days: int = 180
    charges: dict[str, tuple[int, str, float]] = field(default_factory=dict)
    refunded: set[str] = field(default_factory=set)

    def charge(self, key: str, pence: int, token: str) -> Literal["charged", "declined"]:
        known = self.charges.setdefault(key, (pence, "declined" if token == "no-money" else "charged", self.clock()))  # noqa: S105
        if known[0] != pence:
            raise KeyReused(key)
        return "charged" if known[1] == "charged" else "declined"

    def refund(self, key: str) -> None:
        if self.clock() - self.charges[key][2] > self.refund_days * DAY_S:
            raise TooLate(key)
        self.refunded.add(key)

    def balance_pence(self) -> int:
        return sum(pence for key, (pence, end, _) in self.charges.items() if end == "charged" and key not in self.refunded)


@dataclass
class Eager(Keyed):
    """Same signatures; takes every request for a new one."""

    asked: int = 0

    def charge(self, key: str, pence: int, token: str) -> Literal["charged", "declined"]:
        self.asked += 1
        return super().charge(f"{key}/{self.asked}", pence, token)

    def refund(self, key: str) -> None:
        super().refund(next(known for known in reversed(self.charges) if known.startswith(f"{key}/")))


@dataclass
class Forgetful(Keyed):
    """Keeps its keys for a day, as a cache would, and its money for good."""

    banked_pence: int = 0

    def charge(self, key: str, pence: int, token: str) -> Literal["charged", "declined"]:
        amount, end, at_s = self.charges.get(key, (0, "", self.clock()))
        if self.clock() - at_s > DAY_S:
            self.banked_pence += amount if end == "charged" else 0
            del self.charges[key]
        return super().charge(key, pence, token)

    def balance_pence(self) -> int:
        return self.banked_pence + super().balance_pence()


def broken_promises(processor: Processor, wait: Callable[[float], None], *, retry_days: float) -> list[str]:
    """What does not hold, for a caller that retries for `retry_days`. `wait` lets that many seconds pass."""
    broken = []
    if processor.charge("a", 4000, "card") != "charged" or processor.charge("a", 4000, "card") != "charged":
        broken.append("a repeat gets another answer")
    if processor.balance_pence() != 4000:
        broken.append("a repeat charges again")
    if processor.charge("b", 100, "no-money") != "declined" or processor.charge("b", 100, "no-money") != "declined":
        broken.append("a refused card is not answered as declined")
    broken += other_amount(processor)
    before = processor.balance_pence()
    wait(retry_days * DAY_S)
    processor.charge("a", 4000, "card")
    if processor.balance_pence() != before:
        broken.append(f"a repeat after {retry_days:g} days charges again")
    return broken + refund_window(processor, wait)


def other_amount(processor: Processor) -> list[str]:
    try:
        processor.charge("a", 9900, "card")
    except KeyReused:
        return []
    return ["a known key takes another amount"]


def refund_window(processor: Processor, wait: Callable[[float], None]) -> list[str]:
    """Money must come back until the last declared day."""
    processor.charge("c", 700, "card")
    before = processor.balance_pence()
    wait(processor.refund_days * DAY_S)
    try:
        processor.refund("c")
    except TooLate:
        return [f"no refund within the {processor.refund_days} days that it declares"]
    return [] if processor.balance_pence() == before - 700 else ["a refund pays back another amount"]
