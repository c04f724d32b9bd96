"""The tail at fan-out: one call is rarely slow, and a page that needs twenty of them often is.

Problem. Each part keeps its p95, and two pages in three are slow.

Rule. If a call is slow with chance p, independently of the others, a page that waits for n of them meets at least one slow
call with chance 1 - (1 - p)ⁿ. Turned round: for a page to keep its percentile q, each call must keep the n-th root of q.

Source. J. Dean, L. A. Barroso, The Tail at Scale, *Communications of the ACM* 56 (2013).

Limits. Slow calls come together (a pause of one machine, one bad disk), and then fewer pages are hit than this says, each of
them harder. Calls in a row add their times up instead of waiting for the slowest.
"""

import math


def slow_page_share(slow_call_share: float, calls: int) -> float:
    """The share of pages that wait for at least one slow call: 1 - (1 - p)ⁿ."""
    return 1 - (1 - slow_call_share) ** calls


def call_quantile_for(page_quantile: float, calls: int) -> float:
    """The quantile that each call must keep so that the page keeps its own: the n-th root."""
    return math.pow(page_quantile, 1 / calls)


def hedged_slow_share(slow_call_share: float) -> float:
    """A call is slow only if it and its copy both are. The copy is sent late, so few calls are made twice."""
    return slow_call_share**2
