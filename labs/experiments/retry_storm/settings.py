"""The knobs of the retry-storm lab as they stand while it plays."""

from labs.experiments.contract import Values
from labs.experiments.events import Scalar
from labs.experiments.settings import Settings


class RetrySettings(Settings):
    """What each attempt asks for is kept ready."""

    def __init__(self, parameters: Values) -> None:
        super().__init__(parameters)
        self._keep_ready()

    def turn(self, knob: str, value: Scalar) -> None:
        super().turn(knob, value)
        self._keep_ready()

    def _keep_ready(self) -> None:
        self.timeout_s = self.number("timeout_s")
        self.client_error_rate = self.number("client_error_rate")
        self.layers = self.whole("layers")
        self.every_layer = self.choice("retry_at") == "every"
        self.everything = self.choice("retry_what") == "everything"
        self.retry_after_s = self.number("retry_after_s") if self.flag("honour_retry_after") else 0.0

    @property
    def clients(self) -> int:
        return self.whole("clients")

    @property
    def race(self) -> bool:
        return self.choice("mode") == "contention"
