"""How late an autoscaler is: steps and rests, decisions that saturate, windows, boots, and what a fleet can carry.

All of it is the fluid view: rates and shares are their means, without chance. It is exact for what is counted in decisions and
rests, and good where an average is taken over many requests.
"""

from collections.abc import Iterable
from math import ceil, floor

from labs.theory.closed_form import ClosedForm, positive, share

COUNTED = "counting steps: one at the first decision, the others each a rest later"
KUBERNETES = "Kubernetes documentation, Horizontal Pod Autoscaling, algorithm details: ceil(current · metric / target)"
FLUID = "fluid approximation: G. F. Newell, Applications of Queueing Theory (2nd ed., 1982), ch. 2"
UTILIZATION_LAW = "utilization law: P. Denning and J. Buzen, The Operational Analysis of Queueing Network Models (1978)"
LASTS = "the signal stays above its threshold all the time"
ROUNDING = 1e-9


def steps_between(before: int, after: int, step: int) -> int:
    """Steps of that size from one number of instances to another."""
    if step < 1 or after < before:
        raise ValueError(f"no steps of {step} lead from {before} up to {after}")
    return ceil((after - before) / step)


def rest_s(cooldown_s: float, interval_s: float) -> float:
    """The time between two steps: the cooldown, until the loop looks again."""
    positive("interval_s", interval_s)
    return max(1, ceil(cooldown_s / interval_s - ROUNDING)) * interval_s


def step_climb_s(before: int, after: int, step: int, cooldown_s: float, interval_s: float) -> ClosedForm:
    """Seconds from the first step's order to the last one's: (steps - 1) · rest. From 2 to 20 by 1 at 300 s: 85 minutes."""
    rests = max(0, steps_between(before, after, step) - 1)
    return ClosedForm(rests * rest_s(cooldown_s, interval_s), LASTS, COUNTED)


def stepped_to(before: int, most: int, step: int, cooldown_s: float, interval_s: float, lasting_s: float) -> ClosedForm:
    """Instances ordered when the need has lasted so long after the first order: before + step · (1 + whole rests)."""
    if lasting_s < 0.0:
        return ClosedForm(float(before), LASTS, COUNTED)
    steps = 1 + floor(lasting_s / rest_s(cooldown_s, interval_s) + ROUNDING)
    return ClosedForm(float(min(most, before + step * steps)), LASTS, COUNTED)


def saturated_decisions(before: int, after: int, target: float) -> ClosedForm:
    """Decisions from one number of instances to another by a share that cannot rise above 1: each multiplies by 1 / target."""
    share("target", target)
    positive("target", target)
    if before < 1 or after < before:
        raise ValueError(f"no share leads from {before} up to {after} instances")
    if target == 1.0 and after > before:
        return ClosedForm(None, LASTS, KUBERNETES, "a share of 1 is the target already, so it never asks for more")
    decisions, size = 0, before
    while size < after:
        size = ceil(size / target - ROUNDING)
        decisions += 1
    return ClosedForm(float(decisions), f"{LASTS}; each is taken when the one before serves", KUBERNETES)


def window_crossing_s(before: float, after: float, threshold: float, window_s: float) -> ClosedForm:
    """Seconds from a jump of a signal until its average over the window has reached the threshold: w (θ - a) / (b - a)."""
    positive("window_s", window_s)
    assumes = "the signal jumps from one level to another, and the average weighs all of the window alike"
    if before >= threshold:
        return ClosedForm(0.0, assumes, FLUID)
    if after < threshold:
        return ClosedForm(None, assumes, FLUID, "the average never reaches the threshold")
    return ClosedForm(window_s * (threshold - before) / (after - before), assumes, FLUID)


def reaction_s(crossing_s: float, interval_s: float, order_s: float, boot_s: float) -> ClosedForm:
    """Seconds from a jump just after a decision to the first new instance that serves: signal, turn, order, boot."""
    positive("interval_s", interval_s)
    turns = max(1, ceil(crossing_s / interval_s - ROUNDING))
    return ClosedForm(turns * interval_s + order_s + boot_s, "the jump comes just after a decision", FLUID)


def fleet_capacity_rps(serving_slots: Iterable[int], work_s: float) -> ClosedForm:
    """Requests a second that a fleet can serve: the sum over the serving instances of slots / work_s."""
    positive("work_s", work_s)
    return ClosedForm(sum(serving_slots) / work_s, "instances alike and evenly loaded; nothing behind them is a limit", FLUID)


def served_rps(rate_rps: float, capacity_rps: float) -> ClosedForm:
    """What comes out: the load or the capacity, whichever is less."""
    return ClosedForm(min(rate_rps, capacity_rps), "queues are neither empty nor overflowing by chance", FLUID)


def fleet_utilization(rate_rps: float, work_s: float, slots: int) -> ClosedForm:
    """Share of the fleet's slots at work: rate · work / slots."""
    positive("slots", slots)
    used = rate_rps * work_s / slots
    form = ClosedForm(used, "every request is served", UTILIZATION_LAW)
    return form.unless("more work comes than the fleet can do" if used > 1.0 else "")
