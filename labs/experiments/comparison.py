"""Arms side by side, for the sentence that says what happened."""

from collections.abc import Mapping, Sequence

from labs.experiments.contract import Metrics

ALIKE = 0.005
"""Shares that lie closer together than this are told as equal."""


def ranked(metrics: Mapping[str, Metrics], name: str) -> list[tuple[str, float]]:
    """The arms with their values of the metric `name`, lowest first; arms without a value are left out."""
    known = [(arm, value) for arm, values in metrics.items() if (value := values.get(name)) is not None]
    return sorted(known, key=lambda pair: pair[1])


def contrast(
    order: Sequence[tuple[str, float]], labels: Mapping[str, str], *, one: str, alike: str, apart: str, within: float = ALIKE
) -> str:
    """What `ranked` found, in one sentence: of one arm, of arms whose values lie less than `within` apart, or of the two ends.

    The texts name `{low_arm}` and `{high_arm}` (in quotation marks), `{low}` and `{high}` (with a format, such as `{low:.1%}`).
    """
    (low_arm, low), (high_arm, high) = order[0], order[-1]
    text = one if len(order) == 1 else alike if high - low < within else apart
    return text.format(low_arm=f"“{labels[low_arm]}”", high_arm=f"“{labels[high_arm]}”", low=low, high=high)
