"""The knobs of the circuit-breaker lab as they stand while it plays."""

from labs.experiments.contract import Values
from labs.experiments.events import Scalar


class Settings:
    """Each knob's value by name; those that each request asks for have names of their own."""

    def __init__(self, parameters: Values) -> None:
        self._values: dict[str, Scalar] = dict(parameters)

    def turn(self, knob: str, value: Scalar) -> None:
        self._values[knob] = value

    def number(self, knob: str) -> float:
        return float(self._values[knob])

    def whole(self, knob: str) -> int:
        return int(self._values[knob])

    @property
    def timeout_s(self) -> float:
        return self._values["timeout_s"]  # type: ignore[return-value]

    @property
    def slow_call_s(self) -> float:
        return self._values["slow_call_s"]  # type: ignore[return-value]

    @property
    def keys(self) -> int:
        return self._values["keys"]  # type: ignore[return-value]

    @property
    def cancel(self) -> bool:
        return self._values["cancel"]  # type: ignore[return-value]

    @property
    def timeout_around(self) -> bool:
        return self._values["timeout_place"] == "around"

    @property
    def count_4xx(self) -> bool:
        return self._values["count_4xx"]  # type: ignore[return-value]

    @property
    def outage(self) -> str:
        return str(self._values["outage"])
