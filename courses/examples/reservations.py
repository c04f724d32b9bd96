"""One participant of a saga: stock that is reserved, confirmed or released, each any number of times, in any order.

A reservation is held under the saga's key. Releasing a key that was never reserved leaves a mark, so that a reservation that
arrives late finds itself cancelled. `PENDING` is a lock that readers can see: sold to nobody yet, but promised.
"""

from enum import Enum, auto


class SoldOut(Exception):
    """Nothing was reserved."""


class Status(Enum):
    PENDING = auto()
    CONFIRMED = auto()
    RELEASED = auto()


class Stock:
    def __init__(self, pieces: int) -> None:
        self.free = pieces
        self._held: dict[str, tuple[Status, int]] = {}

    def reserve(self, key: str, pieces: int) -> Status:
        """Holds the pieces; a repeat, or one that comes after its release, changes nothing. Raises `SoldOut`."""
        if key not in self._held:
            if pieces > self.free:
                raise SoldOut(key)
            self.free -= pieces
            self._held[key] = (Status.PENDING, pieces)
        return self._held[key][0]

    def release(self, key: str) -> None:
        """Gives a pending reservation back. Where there is none, the mark keeps a late one from taking effect."""
        status, pieces = self._held.get(key, (Status.RELEASED, 0))
        if status is Status.CONFIRMED:
            raise ValueError(f"{key} is sold: that takes a return")
        if status is Status.PENDING:
            self.free += pieces
        self._held[key] = (Status.RELEASED, pieces)

    def confirm(self, key: str) -> None:
        status, pieces = self._held.get(key, (Status.RELEASED, 0))
        if status is Status.RELEASED:
            raise ValueError(f"{key} is not reserved")
        self._held[key] = (Status.CONFIRMED, pieces)
