"""What can go wrong with a service, changeable while it runs.

Which request fails is decided by a number that the request drew before anybody knew the rate: at a failure rate of 0.2 those
below 0.2 fail, at 0.5 the same ones and more. So a change of fault never shifts arrivals, service times or the other
requests' luck. A change takes effect for work that *starts* after it; `hang` and `kill` take hold of work under way too.
"""

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Faults:
    """How work that starts now goes. Rates are shares of requests in [0, 1].

    A failed request takes as long as an ordinary one unless `failure_s` says otherwise. A slow one takes `slow_s` more.
    All work takes `slow_factor` times as long. While it is `hanging`, a service takes requests and answers none.
    """

    failure_rate: float = 0.0
    failure_s: float | None = None
    slow_rate: float = 0.0
    slow_s: float = 0.0
    slow_factor: float = 1.0
    hanging: bool = False

    def __post_init__(self) -> None:
        for name in ("failure_rate", "slow_rate"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} is a share between 0 and 1, not {getattr(self, name)}")
        for name in ("failure_s", "slow_s", "slow_factor"):
            value = getattr(self, name)
            if value is not None and not 0.0 <= value < math.inf:
                raise ValueError(f"{name} is a number that is not negative, not {value}")

    def changed(self, **changes: float | bool | None) -> "Faults":
        return replace(self, **changes)  # type: ignore[arg-type]

    def duration_s(self, work_s: float, fate: float, pace: float) -> float:
        """How long work of `work_s` takes, for a request with these draws."""
        if self.failure_s is not None and fate < self.failure_rate:
            return self.failure_s
        return work_s * self.slow_factor + (self.slow_s if pace < self.slow_rate else 0.0)


HEALTHY = Faults()
