"""Arms side by side, for the sentence that says what happened."""

from collections.abc import Mapping

from labs.experiments.contract import Metrics


def ranked(metrics: Mapping[str, Metrics], name: str) -> list[tuple[str, float]]:
    """The arms with their values of the metric `name`, lowest first; arms without a value are left out."""
    known = [(arm, value) for arm, values in metrics.items() if (value := values.get(name)) is not None]
    return sorted(known, key=lambda pair: pair[1])
