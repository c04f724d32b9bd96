"""Back of the envelope: peak requests, stored bytes, bandwidth, machines; and how the usual code gets three of them wrong.

Problem. A sizing decides about money before anything can be measured. A factor that slips in here stays for years.

Rule. Say each unit. Split reads from writes, since each has a peak of its own. Add the years up instead of taking all as large
as the last. Multiply by the copies. Size machines for the peak at the utilization that you allow.

Source. Arithmetic; the sum of a geometric series; J. D. C. Little, A Proof for the Queuing Formula L = λW (1961).

Limits. A guess times a guess. It leaves out indexes, compression, deletion, headers, retries and replication traffic; it is
right within a factor of two or three, which is what it is for.
"""

from math import ceil

DAY_S = 86_400
YEAR_DAYS = 365
KILO, KIBI = 1000, 1024


def peak_rps(daily_users: float, requests_per_user: float, peak_factor: float) -> float:
    """Requests a second at the peak."""
    return daily_users * requests_per_user * peak_factor / DAY_S


def years_factor(growth: float, years: int) -> float:
    """All years against the first when each is (1 + growth) times the last: (gⁿ - 1) / (g - 1), g = 1 + growth."""
    return ((1 + growth) ** years - 1) / growth if growth else float(years)


def stored_bytes(bytes_a_day: float, growth: float, years: int, copies: int) -> float:
    """What so many years leave behind. The rate is that of the first year, per day."""
    return bytes_a_day * YEAR_DAYS * years_factor(growth, years) * copies


def egress_bit_s(rps: float, response_bytes: float) -> float:
    """Bits a second to the users, payload alone. Networks count in thousands."""
    return rps * response_bytes * 8


def machines(rps: float, machine_rps: float, utilization: float) -> int:
    """Machines so that none is busier than `utilization` at this rate."""
    return ceil(rps / (machine_rps * utilization) - 1e-9)


def in_flight(rps: float, latency_s: float) -> float:
    """Requests inside at once (Little)."""
    return rps * latency_s


def as_often_coded(daily_users: int, user_kb: int, years: int, rps: int, response_kb: int) -> tuple[float, float]:
    """Storage in “KB” and bandwidth in “Mbps” with three slips, kept here to be measured against.

    The kilobytes are per user *and day*, though the name says per user; every year is as large as after all the growth; and
    the network is divided by 1,024.
    """
    storage = daily_users * user_kb * YEAR_DAYS * years * 1.2**years
    return storage, rps * response_kb * 8 / KIBI
