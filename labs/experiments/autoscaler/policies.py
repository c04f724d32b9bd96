"""Each arm's scaler, built and turned by the knobs."""

from typing import Any

from labs.experiments.settings import Settings
from labs.patterns.naive_step_scaler import Band, StepScaler
from labs.patterns.predictive_scaler import PredictiveScaler
from labs.patterns.queue_scaler import QueueScaler
from labs.patterns.scaling import Scaler
from labs.patterns.target_tracking import Target, TargetTracker, cpu, load


def scaler_for(arm: str, settings: Settings) -> Scaler:
    """A new scaler without a memory."""
    if arm == "step":
        return StepScaler(**_step(settings))
    if arm == "queue-based":
        return QueueScaler(
            settings.number("per_instance"),
            tolerance=settings.number("tolerance"),
            stabilise_in_s=settings.number("stabilise_s"),
        )
    tracker = TargetTracker(
        _targets(settings), tolerance=settings.number("tolerance"), stabilise_in_s=settings.number("stabilise_s")
    )
    if arm == "target-tracking":
        return tracker
    return PredictiveScaler(
        tracker,
        target=settings.number("target"),
        season_s=settings.number("season_s"),
        lead_s=lead_s(settings),
        stabilise_in_s=settings.number("stabilise_s"),
    )


def turn(scaler: Scaler, settings: Settings) -> None:
    """The knobs were turned while it plays; what the scaler remembers stays."""
    if isinstance(scaler, StepScaler):
        for name, value in _step(settings).items():
            setattr(scaler, name, value)
    elif isinstance(scaler, QueueScaler):
        scaler.per_instance = settings.number("per_instance")
        _turn_window(scaler, settings)
    elif isinstance(scaler, PredictiveScaler):
        scaler.target, scaler.lead_s = settings.number("target"), lead_s(settings)
        scaler.stabiliser.in_s = settings.number("stabilise_s")
        turn(scaler.reactive, settings)
    elif isinstance(scaler, TargetTracker):
        scaler.targets = _targets(settings)
        _turn_window(scaler, settings)


def lead_s(settings: Settings) -> float:
    """From the order to the first request served: the API, the boot, and up to one round until it is ordered."""
    return settings.number("boot_s") + settings.number("api_delay_s") + settings.number("interval_s")


def _turn_window(scaler: TargetTracker | QueueScaler, settings: Settings) -> None:
    scaler.tolerance = settings.number("tolerance")
    scaler.stabiliser.in_s = settings.number("stabilise_s")


def _targets(settings: Settings) -> tuple[Target, ...]:
    value, tracks = settings.number("target"), settings.choice("tracks")
    known = {"cpu": Target("CPU", cpu, value), "load": Target("load", load, value)}
    return tuple(known.values()) if tracks == "both" else (known[tracks],)


def _step(settings: Settings) -> dict[str, Any]:
    number, flag = settings.number, settings.flag
    return {
        "cpu": Band(number("cpu_high"), number("cpu_low")),
        "memory": Band(number("memory_high"), number("memory_low")) if flag("use_memory") else None,
        "load": Band(number("load_high"), number("load_low")),
        "p95_s": Band(number("p95_high_s"), number("p95_low_s")) if flag("use_p95") else None,
        "step": settings.whole("step_size"),
        "cooldown_out_s": number("cooldown_out_s"),
        "cooldown_in_s": number("cooldown_in_s"),
        "shared_cooldown": flag("shared_cooldown"),
    }
