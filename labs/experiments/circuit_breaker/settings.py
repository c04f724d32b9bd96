"""The knobs of the circuit-breaker lab; those that each request asks for have names of their own."""

from labs.experiments.settings import Settings


class BreakerSettings(Settings):
    """Read without a conversion where every request reads."""

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
