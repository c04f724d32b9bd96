"""Stock reservation: what is sold is taken from the one who owns it, for a while, in one step.

Problem. A shop looks at the stock, sees one piece, and sells it. So does the request beside it. A replica that lags, or a
message that lowers the number later, widens the gap between looking and taking from microseconds to seconds: in a sale,
to hundreds of pieces that do not exist.

Rule. Asking and taking are one step on the owner of the number: take if enough is free, else refuse. What was taken is a *hold*
with an end. Paying turns the hold into a sale; time, or the customer, gives it back. The owner decides whether a hold is over,
at the moment somebody wants to use it, so a payment that comes too late is told so.

A repeat with the same order's name finds its hold and takes nothing more. It does not prolong it either: scripts repeat.

Source. The conditional decrement is compare-and-set (M. Herlihy, *Wait-Free Synchronization*, 1991) on a row; holds that end by
themselves are leases (C. Gray, D. Cheriton, *Leases*, SOSP 1989).

Limits. This one lives in memory and is atomic because nothing awaits inside a method. In a database the same step is
`UPDATE … SET free = free - n WHERE product = ? AND free >= n`, with the hold's row in the same transaction. One product is
one row and one lock: for thousands of sales a second, split its stock into buckets. A payment and an expiry can cross; whoever
is refused after paying gets the money back or a new hold.
"""

from dataclasses import dataclass

from labs.patterns.clock import Clock, running_loop_time


class SoldOut(Exception):
    """Fewer pieces are free than were asked for; nothing is held."""


class HoldOver(Exception):
    """The order holds nothing, or no longer: the pieces may be somebody else's by now."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Pieces set aside for one order until `until_s`, that moment excluded."""

    units: int
    until_s: float


class ReservableStock:
    """The stock of one product. Pieces are free, held or sold, and their sum never changes."""

    def __init__(self, units: int, *, hold_s: float = 600.0, clock: Clock = running_loop_time) -> None:
        self.free = units
        self.hold_s = hold_s
        self.clock = clock
        self._holds: dict[str, Hold] = {}
        self._sold: dict[str, int] = {}

    @property
    def sold(self) -> int:
        return sum(self._sold.values())

    def reserve(self, order_id: str, units: int = 1) -> Hold | None:
        """Take pieces for an order. A repeat gets the same hold, or None if it has paid already. Raises `SoldOut`."""
        self.give_back_expired()
        if order_id in self._sold or order_id in self._holds:
            return self._holds.get(order_id)
        if units > self.free:
            raise SoldOut(order_id)
        self.free -= units
        self._holds[order_id] = Hold(units, self.clock() + self.hold_s)
        return self._holds[order_id]

    def confirm(self, order_id: str) -> None:
        """The order is paid: its pieces are sold. Repeating changes nothing. Raises `HoldOver`."""
        self.give_back_expired()
        if order_id in self._sold:
            return
        if order_id not in self._holds:
            raise HoldOver(order_id)
        self._sold[order_id] = self._holds.pop(order_id).units

    def release(self, order_id: str) -> None:
        """Give back what the order holds; what is sold stays sold."""
        hold = self._holds.pop(order_id, None)
        self.free += hold.units if hold else 0

    def give_back_expired(self) -> None:
        """Holds all last equally long, so the first that was made is the first to end."""
        while self._holds:
            order_id, hold = next(iter(self._holds.items()))
            if self.clock() < hold.until_s:
                return
            self.release(order_id)
