"""The Universal Scalability Law: how much work N nodes do, and what a few load tests say about the next one.

With a the share of the work that queues for something shared (contention) and b the cost of agreeing with one other node
(coherency), N nodes do

    C(N) = N / (1 + a (N - 1) + b N (N - 1))

times the work of one. With b = 0 it is Amdahl's law and nears 1 / a. With b > 0 it has a peak at √((1 - a) / b) and falls
behind it.

Divided by what one node does, measurements give (N / C - 1) / (N - 1) = a + b N, a straight line: least squares find a and b.

Source. N. J. Gunther, A General Theory of Computational Scalability Based on Rational Functions (2008), arXiv:0808.1431.

Limits. A curve with two numbers, not a model of your system: it says that something is shared, never what. It holds for the
workload and the software it was measured with. Fit to 16 nodes, it may be asked about 32 and not about 500.
"""

from collections.abc import Mapping
from math import inf, sqrt


def relative_capacity(nodes: int, contention: float, coherency: float) -> float:
    """The work of so many nodes, in units of one node's."""
    return nodes / (1 + contention * (nodes - 1) + coherency * nodes * (nodes - 1))


def best_nodes(contention: float, coherency: float) -> float:
    """Where the curve peaks; it never does without coherency."""
    return sqrt((1 - contention) / coherency) if coherency else inf


def nodes_for(needed: float, contention: float, coherency: float) -> int | None:
    """The fewest nodes that do so many nodes' work; None where no number of nodes does."""
    peak = best_nodes(contention, coherency)
    nodes, most = 1, 10_000 if peak == inf else int(peak) + 1
    while relative_capacity(nodes, contention, coherency) < needed:
        nodes += 1
        if nodes > most:
            return None
    return nodes


def fitted(throughput_rps: Mapping[int, float]) -> tuple[float, float]:
    """Contention and coherency from throughputs by number of nodes: one node's, and two others at least."""
    one = throughput_rps[1]
    line = [(n, (n * one / rps - 1) / (n - 1)) for n, rps in throughput_rps.items() if n > 1]
    mean_x = sum(x for x, _ in line) / len(line)
    mean_y = sum(y for _, y in line) / len(line)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in line) / sum((x - mean_x) ** 2 for x, _ in line)
    return mean_y - slope * mean_x, slope
