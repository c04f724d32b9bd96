"""The knobs of a run as they stand while it plays."""

from labs.experiments.contract import Values
from labs.experiments.events import Scalar


class Settings:
    """Each knob's value by name. What every request asks for is worth a property in a subclass."""

    def __init__(self, parameters: Values) -> None:
        self._values: dict[str, Scalar] = dict(parameters)

    def turn(self, knob: str, value: Scalar) -> None:
        self._values[knob] = value

    def number(self, knob: str) -> float:
        return float(self._values[knob])

    def whole(self, knob: str) -> int:
        return int(self._values[knob])

    def flag(self, knob: str) -> bool:
        return bool(self._values[knob])

    def choice(self, knob: str) -> str:
        return str(self._values[knob])
