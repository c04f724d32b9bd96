"""What looking costs and buys: two servers drawn and compared, and idle servers that report, in the limit of many servers.

Requests are a Poisson stream, each of many equal servers works on one at a time in the order of arrival, and its work is
exponential with mean `mean_s`. `load` is rho, the share of the time in which a server works. Times are in seconds.

A limit says nothing of how near it is. For two choices the first correction, of the order of 1 / servers, is computed too.
"""

from collections.abc import Sequence
from functools import cache
from math import inf

from labs.theory.closed_form import ClosedForm, positive, share
from labs.theory.queueing import OVERLOAD

MITZENMACHER = "N. Vvedenskaya et al. (1996); M. Mitzenmacher, The Power of Two Choices, IEEE TPDS 12 (2001)"
GAST = f"{MITZENMACHER}; first correction: N. Gast, B. Van Houdt, A Refined Mean Field Approximation, POMACS 1 (2017)"
LU = "Y. Lu et al., Join-Idle-Queue, Performance Evaluation 68 (2011), theorems 1 and 2"
LU_WITHDRAWING = f"{LU}; the idle queue as a birth and death process whose members leave when they are drawn at random"
MANY = "Poisson arrivals, equal servers with exponential work, steady state; the limit of many servers"
REFINED = "Poisson arrivals, equal servers with exponential work, steady state; many servers, to the order of 1 / servers"
ENOUGH = 200
NEGLIGIBLE = 1e-15


# Two choices


def choices_exceeds(load: float, length: int, choices: int = 2) -> ClosedForm:
    """Share of the servers with `length` or more requests: rho^((d^k - 1) / (d - 1)); for two choices rho^(2^k - 1)."""
    share("load", load)
    if choices < 1 or length < 0:
        raise ValueError(f"at least one choice and a length from 0 up, not {choices} and {length}")
    looks = sum(choices**step for step in range(length))
    return ClosedForm(load**looks, MANY, MITZENMACHER)


def choices_mean_s(load: float, mean_s: float, choices: int = 2) -> ClosedForm:
    """Mean time where each request goes to the shortest of so many queues drawn: m · Σ_k rho^((d^k - d) / (d - 1))."""
    share("load", load)
    positive("mean_s", mean_s)
    if choices < 1:
        raise ValueError(f"at least one choice, not {choices}")
    if load == 1.0:
        return ClosedForm(None, MANY, MITZENMACHER, OVERLOAD)
    if choices == 1:
        return ClosedForm(mean_s / (1.0 - load), MANY, MITZENMACHER)
    total, looks = 1.0, 0
    for step in range(1, ENOUGH):
        looks += choices**step
        term = load**looks
        total += term
        if term < NEGLIGIBLE:
            break
    return ClosedForm(mean_s * total, MANY, MITZENMACHER)


def two_choices_exceeds(load: float, servers: int, length: int) -> ClosedForm:
    """Share of so many servers with `length` or more requests, where two different ones are drawn and compared."""
    if not 0.0 < load < 1.0:
        return ClosedForm(None, REFINED, GAST, OVERLOAD)
    tails = _refined(load, servers)
    return ClosedForm(tails[length] if length < len(tails) else 0.0, REFINED, GAST)


def two_choices_mean_s(load: float, mean_s: float, servers: int) -> ClosedForm:
    """Mean time with so many servers, where two different ones are drawn and compared."""
    positive("mean_s", mean_s)
    if not 0.0 < load < 1.0:
        return ClosedForm(None, REFINED, GAST, OVERLOAD)
    return ClosedForm(mean_s * sum(_refined(load, servers)[1:]) / load, REFINED, GAST)


def two_choices_shift(load: float, servers: int) -> float:
    """By what share of itself the limit's mean time is corrected for so many servers: what is left out is of its square."""
    if load >= 1.0:
        return inf
    limit, refined = choices_mean_s(load, 1.0).value, two_choices_mean_s(load, 1.0, servers).value
    return abs(refined / limit - 1.0) if limit and refined else inf


def _refined(load: float, servers: int) -> list[float]:
    """Share of the servers with 0, 1, 2, … or more requests, to the order of 1 / servers."""
    if servers < 2:
        raise ValueError(f"two choices need at least two servers, not {servers}")
    tails, shifts = _corrections(load)
    return [tail + shift / servers for tail, shift in zip(tails, shifts, strict=True)]


@cache
def _corrections(load: float) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The limit's tails s_k and the factors V_k of 1 / servers.

    With drift f_k = rho (s_{k-1}² - s_k²) - (s_k - s_{k+1}), its Jacobian J and the noise Q at the limit, the covariance W
    solves J W + W Jᵀ + Q = 0, and J V + ½ f'' : W + g = 0, where g is what drawing two *different* servers changes.
    """
    tails = [1.0]
    while tails[-1] > NEGLIGIBLE:
        tails.append(load * tails[-1] ** 2)
    depth = len(tails) - 1
    jacobian = [_jacobian(load, tails, row, depth) for row in range(1, depth + 1)]
    spread = [0.0, *_variances(load, tails, jacobian)]
    different = [-tail * (1.0 - tail) for tail in tails]
    drift = [load * (spread[k - 1] - spread[k]) + load * (different[k - 1] - different[k]) for k in range(1, depth + 1)]
    return tuple(tails), (0.0, *_solved(jacobian, [-push for push in drift]))


def _jacobian(load: float, tails: Sequence[float], row: int, depth: int) -> list[float]:
    cells = [0.0] * (depth + 2)
    cells[row - 1], cells[row], cells[row + 1] = 2.0 * load * tails[row - 1], -2.0 * load * tails[row] - 1.0, 1.0
    return cells[1 : depth + 1]


def _variances(load: float, tails: Sequence[float], jacobian: list[list[float]]) -> list[float]:
    """The diagonal of W. Each arrival and each departure moves one s_k, so the noise is diagonal, and both are equally many."""
    depth = len(jacobian)
    places = {pair: number for number, pair in enumerate((i, j) for i in range(depth) for j in range(i, depth))}
    matrix, right = [[0.0] * len(places) for _ in places], [0.0] * len(places)
    for (i, j), row in places.items():
        for k in range(depth):
            matrix[row][places[min(k, j), max(k, j)]] += jacobian[i][k]
            matrix[row][places[min(k, i), max(k, i)]] += jacobian[j][k]
        if i == j:
            right[row] = -2.0 * load * (tails[i] ** 2 - tails[i + 1] ** 2)
    solution = _solved(matrix, right)
    return [solution[places[i, i]] for i in range(depth)]


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gauss's elimination with pivots."""
    rows, count = [[*row, value] for row, value in zip(matrix, right, strict=True)], len(right)
    for column in range(count):
        pivot = max(range(column, count), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        top = rows[column]
        for row in rows[column + 1 :]:
            factor = row[column] / top[column]
            if factor:
                row[column:] = [value - factor * above for value, above in zip(row[column:], top[column:], strict=True)]
    solution = [0.0] * count
    for column in reversed(range(count)):
        known = sum(rows[column][k] * solution[k] for k in range(column + 1, count))
        solution[column] = (rows[column][count] - known) / rows[column][column]
    return solution


# Join idle queue


def idle_queue_mean_s(load: float, mean_s: float, servers_per_balancer: float) -> ClosedForm:
    """Mean time of join-idle-queue as its authors have it: m / (1 - s), s = rho (1 - filled), filled / (1 - filled) =
    r (1 - rho). `filled` is the share of balancers that know of an idle server, r the number of servers to a balancer.

    It lets servers stay in their idle queue when another balancer has drawn them, as if that were rare.
    """
    share("load", load)
    _positive_ratio(mean_s, servers_per_balancer)
    assumes = f"{MANY} and of many balancers; few idle servers are drawn at random"
    if load == 1.0:
        return ClosedForm(None, assumes, LU, OVERLOAD)
    unknown = 1.0 / (1.0 + servers_per_balancer * (1.0 - load))
    return ClosedForm(mean_s / (1.0 - load * unknown), assumes, LU)


def withdrawing_idle_queue_mean_s(load: float, mean_s: float, servers_per_balancer: float) -> ClosedForm:
    """Mean time of join-idle-queue where a server that is drawn at random takes its name out of its idle queue.

    An idle queue grows with rate r rho (1 - s), as servers become idle, and shrinks from j names with r rho + j s; s is rho
    times the share of empty ones, which makes it a fixed point.
    """
    share("load", load)
    _positive_ratio(mean_s, servers_per_balancer)
    assumes = f"{MANY} and of many balancers"
    if load == 1.0:
        return ClosedForm(None, assumes, LU_WITHDRAWING, OVERLOAD)
    low, high = 0.0, 1.0
    for _ in range(ENOUGH):
        empty = (low + high) / 2.0
        low, high = (low, empty) if empty * _names(load, load * empty, servers_per_balancer) > 1.0 else (empty, high)
    return ClosedForm(mean_s / (1.0 - load * low), assumes, LU_WITHDRAWING)


def _names(load: float, stray: float, ratio: float) -> float:
    """The chances of an idle queue with 0, 1, 2, … names, as multiples of the first, in sum."""
    total, term, names = 1.0, 1.0, 0
    while term > NEGLIGIBLE and load:
        names += 1
        term *= ratio * load * (1.0 - stray) / (ratio * load + names * stray)
        total += term
        if total > 1.0 / NEGLIGIBLE or names > 10**5:
            break
    return total


def _positive_ratio(mean_s: float, servers_per_balancer: float) -> None:
    positive("mean_s", mean_s)
    positive("servers_per_balancer", servers_per_balancer)
