"""Who sits in which slot. For the picture alone: what hands out the slots only counts them."""

from typing import Generic, TypeVar

Guest = TypeVar("Guest")


class Seats(Generic[Guest]):
    """Numbered from 0. A newcomer takes the lowest that is free, so a group that was made smaller empties from its end."""

    def __init__(self) -> None:
        self._sitting: dict[int, Guest] = {}

    def take(self, guest: Guest) -> int:
        number = 0
        while number in self._sitting:
            number += 1
        self._sitting[number] = guest
        return number

    def leave(self, number: int) -> None:
        del self._sitting[number]

    def at(self, number: int) -> Guest | None:
        return self._sitting.get(number)
