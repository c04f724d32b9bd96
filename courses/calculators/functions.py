"""The functions that formulas may call. The browser has the same ones in `static/js/courses/formula.js`."""

import math
from collections.abc import Callable

from labs.theory import queueing

ROUNDING = 1e-9
SUMMED = 100
"""So many terms of a harmonic sum are added one by one, the rest in closed form."""


def round_up(value: float) -> float:
    """The next whole number; what floating point adds to a whole one does not count."""
    return float(math.ceil(value - ROUNDING))


def round_down(value: float) -> float:
    return float(math.floor(value + ROUNDING))


def binomial_tail(trials: float, at_least: float, chance: float) -> float:
    """The probability of `at_least` or more successes in `trials` independent ones."""
    n, k = int(trials), max(0, int(at_least))
    return math.fsum(math.comb(n, i) * chance**i * (1 - chance) ** (n - i) for i in range(k, n + 1))


def choose(things: float, picked: float) -> float:
    """In how many ways `picked` of `things` can be picked."""
    n, k = int(things), int(picked)
    return float(math.comb(n, k)) if 0 <= k <= n else 0.0


def erlang_b(servers: float, offered_load: float) -> float:
    return valued(queueing.erlang_b(int(servers), offered_load).value)


def erlang_c(servers: float, offered_load: float) -> float:
    return valued(queueing.erlang_c(int(servers), offered_load).value)


def harmonic(count: float, exponent: float) -> float:
    """1 + 1/2^s + … + 1/n^s, by the Euler-Maclaurin formula beyond the first terms."""
    n, s = int(count), exponent
    total = math.fsum(float(i) ** -s for i in range(1, min(n, SUMMED) + 1))
    if n <= SUMMED:
        return total
    last, first = float(n), float(SUMMED)
    between: float = math.log(last / first) if s == 1 else (last ** (1 - s) - first ** (1 - s)) / (1 - s)
    ends: float = (last**-s - first**-s) / 2 - s * (last ** (-s - 1) - first ** (-s - 1)) / 12
    return total + between + ends


def backoff_sum(base: float, cap: float, retries: float) -> float:
    """The waits before so many retries together: min(cap, base · 2^n) for n = 0, 1, …"""
    return math.fsum(min(cap, base * 2.0**n) for n in range(int(retries)))


def valued(value: float | None) -> float:
    if value is None:
        raise ArithmeticError("more work arrives than the servers can do")
    return value


FUNCTIONS: dict[str, Callable[..., float]] = {
    "min": min,
    "max": max,
    "ceil": math.ceil,
    "floor": math.floor,
    "round_up": round_up,
    "round_down": round_down,
    "exp": math.exp,
    "log": math.log,
    "sqrt": math.sqrt,
    "binomial_tail": binomial_tail,
    "choose": choose,
    "erlang_b": erlang_b,
    "erlang_c": erlang_c,
    "harmonic": harmonic,
    "backoff_sum": backoff_sum,
}
