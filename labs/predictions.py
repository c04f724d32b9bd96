"""Predict, then run: what learners commit to, how near they came, and how well they know what they know.

A number is right within the question's tolerance, a share of the measured value (a hundredth of the question's range at
least, so that a measurement near 0 can be hit). Within it the score is 1; beyond, tolerance over distance: twice the
tolerance scores 0.5, ten times 0.1. An arm is right or wrong.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean, median
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from labs import laboratory
from labs.experiments.contract import Experiment, Question
from labs.experiments.events import Scalar
from labs.experiments.spec import SpecError
from labs.models import Run, RunPrediction


def checked(lab: str, arms: Sequence[str], given: Mapping[str, Any]) -> dict[str, Scalar]:
    """Answers by question id. Raises SpecError for unknown questions and for values that cannot be an answer."""
    questions = {question.id: question for question in laboratory.experiment(lab).predictions}
    errors = {f"prediction.{name}": "This lab has no such question." for name in given if name not in questions}
    for name, value in given.items():
        if name in questions and (wrong := _wrong(questions[name], arms, value)):
            errors[f"prediction.{name}"] = wrong
    if errors:
        raise SpecError(errors)
    return dict(given)


def _wrong(question: Question, arms: Sequence[str], value: Any) -> str:
    if question.kind == "arm":
        return "" if isinstance(value, str) and value in arms else f"Choose one of the arms: {', '.join(arms)}."
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return "Give a number."
    if not question.minimum <= value <= question.maximum:
        return f"Give a number from {question.minimum:g} to {question.maximum:g}."
    return ""


@dataclass(frozen=True, slots=True)
class Score:
    """`share` from 0 (far off) to 1 (right); None where nothing was measured that the question asks for."""

    measured: float | str | None
    share: float | None


Metrics = Mapping[str, Mapping[str, float | None]]


def score(experiment: Experiment, question: Question, value: Scalar, metrics: Metrics) -> Score:
    if question.kind == "arm":
        best = best_arms(experiment, question.metric, metrics)
        return Score(" or ".join(best) or None, float(value in best) if best else None)
    measured = metrics.get(question.arm, {}).get(question.metric)
    if measured is None or isinstance(value, str):
        return Score(None, None)
    allowed = question.tolerance * max(abs(measured), 0.01 * (question.maximum - question.minimum))
    distance = abs(float(value) - measured)
    return Score(measured, 1.0 if distance <= allowed else allowed / distance)


def best_arms(experiment: Experiment, metric: str, metrics: Metrics) -> list[str]:
    """The arms whose `metric` is best: more than one where they tie."""
    better = next((declared.better for declared in experiment.metrics if declared.name == metric), "")
    found = {arm: value for arm, values in metrics.items() if (value := values.get(metric)) is not None}
    if not found:
        return []
    best = min(found.values()) if better == "lower" else max(found.values())
    return [arm for arm, value in found.items() if value == best]


def run_predictions_score(run: Run, metrics: Metrics) -> None:
    """Score what was predicted for this run and not scored yet: the first result counts, changes made later do not."""
    waiting = list(run.predictions.filter(scored_at=None))
    if not waiting:
        return
    experiment = laboratory.experiment(run.lab)
    questions = {question.id: question for question in experiment.predictions}
    now = timezone.now()
    for row in waiting:
        if row.question in questions:
            result = score(experiment, questions[row.question], row.value, metrics)
            run.predictions.filter(pk=row.pk, scored_at=None).update(
                measured=result.measured, score=result.share, scored_at=now
            )


@dataclass(frozen=True, slots=True)
class Calibration:
    """How someone's predictions compare with what was measured.

    `right` is the share of scores of 1, `bias` the median of guess / measured over numbers (1.2: a fifth too high),
    `by_day` the mean score of each day on which something was predicted, oldest first.
    """

    count: int
    right: float | None
    mean_score: float | None
    bias: float | None
    by_day: tuple[tuple[date, float, int], ...]


def calibration(predictions: "QuerySet[RunPrediction]") -> Calibration:
    rows = list(predictions.filter(score__isnull=False).order_by("scored_at"))
    days: dict[date, list[float]] = {}
    for row in rows:
        if row.scored_at and row.score is not None:
            days.setdefault(row.scored_at.date(), []).append(row.score)
    scores = [row.score for row in rows if row.score is not None]
    ratios = [row.value / row.measured for row in rows if _is_number(row.value) and _is_number(row.measured) and row.measured]
    return Calibration(
        count=len(rows),
        right=fmean(float(value == 1.0) for value in scores) if scores else None,
        mean_score=fmean(scores) if scores else None,
        bias=median(ratios) if ratios else None,
        by_day=tuple((day, fmean(values), len(values)) for day, values in days.items()),
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
