"""What a design costs: machines, storage, traffic and people, for a month and for a million requests.

Problem. “Cheap” and “expensive” are argued about for hours by people who never write the sum down.

Rule. A month has four parts. Machines: the peak over what one machine does at the utilization that you allow, and never fewer
than the design needs to exist. Storage: bytes times copies. Traffic: bytes sent to users. People: the share of engineers who
do nothing but keep it running. The sum over the requests of the month is the price of one request.

Source. Arithmetic; prices come with the argument, since they differ by provider, region and year.

Limits. Leaves out development, licences, discounts, free tiers and traffic between zones. A month has 30 days.
"""

from dataclasses import dataclass
from math import ceil, log

HOURS = 720
SECONDS = 2_592_000
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Prices:
    """In dollars."""

    machine_hour: float
    storage_gb_month: float
    egress_gb: float
    engineer_month: float


@dataclass(frozen=True, slots=True)
class Design:
    """One system under one load. `least_machines` is what it needs without any load: services times copies of each."""

    mean_rps: float
    peak_rps: float
    machine_rps: float
    utilization: float
    least_machines: int
    response_kb: float
    stored_gb: float
    copies: int
    engineers: float


def machines(design: Design) -> int:
    """For the peak, or for the design to exist at all, whichever is more."""
    for_the_peak = ceil(design.peak_rps / (design.machine_rps * design.utilization) - ROUNDING)
    return max(design.least_machines, for_the_peak)


def monthly_cost(design: Design, prices: Prices) -> dict[str, float]:
    """Dollars a month, by what they are spent on."""
    sent_gb = design.mean_rps * SECONDS * design.response_kb / 1e6
    return {
        "machines": machines(design) * HOURS * prices.machine_hour,
        "storage": design.stored_gb * design.copies * prices.storage_gb_month,
        "egress": sent_gb * prices.egress_gb,
        "people": design.engineers * prices.engineer_month,
    }


def cost_per_million(design: Design, prices: Prices) -> float:
    """Dollars for a million requests."""
    return sum(monthly_cost(design, prices).values()) / (design.mean_rps * SECONDS / 1e6)


def months_until(load: float, limit: float, monthly_growth: float) -> float:
    """Months until a load that grows by this share a month reaches the limit: ln(limit / load) / ln(1 + growth)."""
    return log(limit / load) / log(1 + monthly_growth)
