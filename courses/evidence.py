"""Runs that decision records rest on: cited frozen, and run again to see whether they still hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from courses.decisions import DecisionRefused
from courses.models import Confirmation, DecisionRecord, Evidence
from labs import services
from labs.experiments.contract import Metric
from labs.experiments.spec import SpecError
from labs.laboratory import experiment
from labs.ledger import standing_rows
from labs.models import ENDED, Run, Status

COMPARE = {"<": lt, "<=": le, ">": gt, ">=": ge}
MAXIMUM_CITED = 20
Verdict = Confirmation.Verdict


def cite_run(*, record: DecisionRecord, run_id: UUID) -> Evidence:
    """Freeze what a finished run measured beside the record. Raises `DecisionRefused`."""
    run = Run.objects.filter(pk=run_id).first()
    if run is None:
        raise DecisionRefused("There is no run at that address.")
    if run.status != Status.FINISHED or not run.summary:
        raise DecisionRefused("Only a finished run can be cited: this one has no result.")
    if record.evidence.count() >= MAXIMUM_CITED:
        raise DecisionRefused(f"A record cites {MAXIMUM_CITED} runs at most.")
    try:
        with transaction.atomic():
            return Evidence.objects.create(
                record=record,
                run_id=run.pk,
                lab=run.lab,
                sentence=run.summary.get("sentence", ""),
                metrics=run.summary.get("metrics", {}),
            )
    except IntegrityError:
        raise DecisionRefused("This run is cited already.") from None


def set_condition(*, evidence: Evidence, arm: str, metric: str, operator: str, value: float | None) -> Evidence:
    """Say what must hold for the decision to stand; without an operator, nothing. Raises `DecisionRefused`."""
    if not operator:
        evidence.arm, evidence.metric, evidence.operator, evidence.value = "", "", "", None
    else:
        if operator not in COMPARE or value is None:
            raise DecisionRefused("Choose a comparison and give a number.")
        if evidence.metrics.get(arm, {}).get(metric) is None:
            raise DecisionRefused("The cited run did not measure that.")
        evidence.arm, evidence.metric, evidence.operator, evidence.value = arm, metric, operator, value
    evidence.save(update_fields=["arm", "metric", "operator", "value"])
    return evidence


def verdict_of(evidence: Evidence, metrics: Mapping[str, Mapping[str, float | None]]) -> tuple[str, float | None]:
    """Whether the condition holds in these figures, and the figure itself."""
    measured = metrics.get(evidence.arm, {}).get(evidence.metric)
    if measured is None or evidence.value is None or evidence.operator not in COMPARE:
        return Verdict.UNKNOWN, None
    return (Verdict.HOLDS if COMPARE[evidence.operator](measured, evidence.value) else Verdict.BROKEN), measured


def confirm(*, asker: services.Asker, evidence: Evidence, same_traffic: bool) -> Confirmation:
    """Run the cited run again: with the same seed, which shows whether the code still does the same, or with new traffic.

    Raises `DecisionRefused` and what `labs.services.run_fork` raises.
    """
    if not evidence.has_condition:
        raise DecisionRefused("Say first what must hold.")
    cited = Run.objects.filter(pk=evidence.run_id).first()
    if cited is None:
        raise DecisionRefused("The cited run is no longer kept, so it cannot be run again. Its figures here stay.")
    if same_traffic:
        run = services.run_fork(asker=asker, parent=cited, t_s=cited.duration_s)
    elif standing_rows(cited):
        raise DecisionRefused("This run was changed by hand while it played. It can only be run again on the same traffic.")
    else:
        run = services.run_start(asker=asker, order=order_like(cited))
    return Confirmation.objects.create(evidence=evidence, run_id=run.pk)


def order_like(run: Run) -> services.RunOrder:
    return services.RunOrder(
        lab=run.lab, parameters=run.parameters, world=run.world, duration_s=run.duration_s, arms=tuple(run.arms)
    )


def settle(evidence: Evidence) -> Confirmation | None:
    """The newest confirmation, with its verdict if its run has ended since."""
    newest = evidence.confirmations.first()
    if newest is None or newest.verdict != Verdict.PENDING:
        return newest
    run = Run.objects.filter(pk=newest.run_id).first()
    if run is not None and run.status not in ENDED:
        return newest
    verdict, measured, message = outcome(evidence, run)
    pending = Confirmation.objects.filter(pk=newest.pk, verdict=Verdict.PENDING)
    pending.update(verdict=verdict, measured=measured, message=message[:300])
    newest.refresh_from_db()
    return newest


def outcome(evidence: Evidence, run: Run | None) -> tuple[str, float | None, str]:
    if run is None:
        return Verdict.UNKNOWN, None, "The run was lost before it ended."
    if run.status != Status.FINISHED or not run.summary:
        return Verdict.UNKNOWN, None, run.message or f"The run was {run.status}."
    verdict, measured = verdict_of(evidence, run.summary.get("metrics", {}))
    return verdict, measured, run.summary.get("sentence", "")


@dataclass(frozen=True, slots=True)
class Cited:
    """Evidence as its page shows it."""

    evidence: Evidence
    title: str
    rows: tuple[tuple[str, tuple[tuple[str, str, bool], ...]], ...]
    metrics: tuple[Metric, ...]
    kept: bool
    confirmation: Confirmation | None

    @property
    def running(self) -> bool:
        return self.confirmation is not None and self.confirmation.verdict == Verdict.PENDING

    @property
    def broken(self) -> bool:
        return self.confirmation is not None and self.confirmation.verdict == Verdict.BROKEN


def shown(evidence: Evidence) -> Cited:
    """Figures by arm with the names that the lab gives them. A lab that is gone leaves the bare names."""
    try:
        lab = experiment(evidence.lab)
        title, metrics, arms = lab.title, lab.metrics, {arm.name: arm.label for arm in lab.arms}
    except SpecError:
        title, metrics, arms = evidence.lab, (), {}
    known = {metric.name: metric for metric in metrics}
    rows = []
    for arm, values in evidence.metrics.items():
        cells = tuple(
            (
                known[name].label if name in known else name,
                figure(value, known.get(name)),
                (arm, name) == (evidence.arm, evidence.metric),
            )
            for name, value in values.items()
            if value is not None
        )
        rows.append((arms.get(arm, arm), cells))
    kept = Run.objects.filter(pk=evidence.run_id).exists()
    return Cited(evidence, title, tuple(rows), tuple(metrics), kept, settle(evidence))


def figure(value: Any, metric: Metric | None) -> str:
    digits = metric.digits if metric else 3
    unit = f" {metric.unit}" if metric and metric.unit else ""
    return f"{value:.{digits}g}{unit}" if isinstance(value, int | float) else f"{value}"
