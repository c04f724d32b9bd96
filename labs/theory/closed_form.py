"""What a closed form hands back: a number with the assumptions it rests on and where it comes from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClosedForm:
    """`value` is None where the assumptions fail; `why_not` then says which. The unit is the function's to state."""

    value: float | None
    assumes: str
    source: str
    why_not: str = ""

    def unless(self, why_not: str) -> "ClosedForm":
        """The same form without a value if there is a reason against it."""
        return ClosedForm(None, self.assumes, self.source, why_not) if why_not else self


def share(name: str, value: float) -> None:
    """Raises ValueError unless `value` is a probability."""
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{name} is a share between 0 and 1, not {value}")


def positive(name: str, value: float) -> None:
    """Raises ValueError unless `value` is above 0 and finite."""
    if not 0.0 < value < float("inf"):
        raise ValueError(f"{name} must be above 0, not {value}")
