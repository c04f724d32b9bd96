"""How fast a dead member is found, and how often a live one is thrown out.

A checker probes each member every `interval_s`; `fall` bad probes in a row take it out, `rise` good ones let it back. A crash
falls at an instant that is uniform within the interval, since crashes know nothing of probes. A probe of a live member fails
with chance p, alone: then runs of failures are those of tossed coins.
"""

from dataclasses import dataclass
from math import ceil, log1p

from labs.theory.breaker import ROSS
from labs.theory.closed_form import ClosedForm, positive, share
from labs.theory.queueing import mmck_states

UNIFORM = "the crash falls at an instant that is uniform between two probes; probes of a member never overlap"
COINS = "each probe of a live member fails with the same chance, whatever happened to the others"
HAPROXY = "HAProxy configuration manual, 5.2 (inter, rise, fall)"
MAXIMUM_ROUNDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """No detection lies outside, in seconds."""

    least_s: float
    most_s: float


def detection_bounds(interval_s: float, fall: int, timeout_s: float) -> Bounds:
    """Between (fall - 1) intervals, for a crash right before a probe that is refused at once, and fall intervals and a
    timeout."""
    _checked(interval_s, fall)
    positive("timeout_s", timeout_s)
    return Bounds((fall - 1) * interval_s, fall * interval_s + timeout_s)


def mean_change_s(interval_s: float, probes: int, answer_s: float = 0.0) -> ClosedForm:
    """Mean seconds from an event until so many probes in a row have told of it: (probes - 1/2) · interval + answer.

    `answer_s` is what the last probe takes: 0 for a refused connection, the timeout for silence, a round trip for a good
    answer. It serves both ways: `probes` is `fall` for a crash, `rise` for a return.
    """
    _checked(interval_s, probes)
    if answer_s < 0.0:
        raise ValueError(f"answer_s is a time from 0 up, not {answer_s}")
    return ClosedForm((probes - 0.5) * interval_s + answer_s, UNIFORM, HAPROXY)


@dataclass(frozen=True, slots=True)
class Flaps:
    """Means per probe of a live member over a part of a run."""

    evictions: float
    out: float
    """The chance to be out after a probe."""


def flaps_from_start(failure_rate: float, rise: int, fall: int, skipped: int, probes: int) -> Flaps:
    """What a member that is in at the start does on average over `probes` probes after the first `skipped` ones.

    The chain of runs is stepped through, probe by probe: states are bad results in a row while in, good ones while out. A long
    run comes to the cycles of the renewal-reward theorem; a short one still shows its beginning.
    """
    share("failure_rate", failure_rate)
    if min(rise, fall, probes) < 1 or skipped < 0:
        raise ValueError("rise, fall and probes are at least 1, and no less than 0 are skipped")
    inside, outside = [1.0] + [0.0] * (fall - 1), [0.0] * rise
    evictions = out = 0.0
    for number in range(skipped + probes):
        evicted, returned = inside[-1] * failure_rate, outside[-1] * (1.0 - failure_rate)
        good, bad = sum(inside) * (1.0 - failure_rate), sum(outside) * failure_rate
        inside = [good + returned, *(chance * failure_rate for chance in inside[:-1])]
        outside = [bad + evicted, *(chance * (1.0 - failure_rate) for chance in outside[:-1])]
        if number >= skipped:
            evictions, out = evictions + evicted, out + sum(outside)
    return Flaps(evictions / probes, out / probes)


def time_to_empty_s(members: int, failure_rate: float, interval_s: float, bad_s: float, good_s: float) -> ClosedForm:
    """Mean seconds until a pool that removes for good, at the first bad probe, has nobody left.

    Probes go out in rounds. A member lasts a geometric number of rounds, so the last one leaves after sum of 1 - (1 - q^k)^n
    over k from 0, with q = 1 - p. A round takes an interval and its slowest probe: `bad_s` if one fails, else `good_s`.
    """
    positive("members", members)
    positive("interval_s", interval_s)
    share("failure_rate", failure_rate)
    assumes, source = f"{COINS}; rounds of probes, and nobody returns", "maximum of geometric times (Feller vol. 1, IX.9)"
    if failure_rate == 0.0 or ceil(-40.0 / log1p(-min(failure_rate, 0.5))) > MAXIMUM_ROUNDS:
        return ClosedForm(None, assumes, source, "hardly any probe fails, so the pool hardly ever empties")
    rounds = bad_rounds = 0.0
    alive = 1.0
    while members * alive > 1e-12:
        rounds += 1.0 - (1.0 - alive) ** members
        bad_rounds += 1.0 - (1.0 - alive * failure_rate) ** members
        alive *= 1.0 - failure_rate
    return ClosedForm(rounds * (interval_s + good_s) + bad_rounds * (bad_s - good_s), assumes, source)


def passive_detection_s(failures: int, member_rps: float, mean_s: float, slots: int) -> ClosedForm:
    """Mean seconds until `failures` requests in a row have failed at a member that crashes and then refuses connections.

    Requests inside at the crash fail with it; each further one takes 1 / member_rps. Their number is that of M/M/c at a random
    instant. Of j inside the first `failures` count, so (failures - j) more are needed.
    """
    if failures < 1:
        raise ValueError(f"failures must be at least 1, not {failures}")
    positive("member_rps", member_rps)
    assumes = "Poisson requests, exponential work, a steady state before the crash, and only good answers in it"
    source = "L. Kleinrock, Queueing Systems, vol. 1 (1975), 3.5; gamma distribution of the k-th arrival"
    load = member_rps * mean_s / slots
    if load >= 1.0:
        return ClosedForm(None, assumes, source, "the member is overloaded before it crashes")
    states = mmck_states(member_rps, mean_s, slots, max(slots, failures))
    beyond = states[-1] * load / (1.0 - load)  # from where all slots work on, the states of M/M/c are a geometric sequence
    missing = sum(chance * (failures - number) for number, chance in enumerate(states[:failures])) / (1.0 + beyond)
    return ClosedForm(missing / member_rps, assumes, source)


def crash_error_share(crashes_per_h: float, found_s: float, back_s: float, inside_s: float) -> ClosedForm:
    """Share of requests that fail because the member they are sent to has crashed and is still in the pool.

    By symmetry it is the share of dead members among those in the pool: b / (a + b) with `found_s` = b seconds dead and in per
    crash and a = 1 / crash rate less `back_s`, the time for which a mended member is still out. `inside_s`, the mean time of a
    request, stands for those that were inside at the crash.
    """
    positive("crashes_per_h", crashes_per_h)
    in_s = 3600.0 / crashes_per_h - back_s
    assumes = "members crash alone, each at a constant rate, and are found before they are mended; the pool is never empty"
    if in_s <= found_s:
        return ClosedForm(None, assumes, ROSS, "members crash so often that they are hardly ever in the pool")
    return ClosedForm((found_s + inside_s) / (in_s + found_s), assumes, ROSS)


def _checked(interval_s: float, probes: int) -> None:
    positive("interval_s", interval_s)
    if probes < 1:
        raise ValueError(f"at least one probe is needed, not {probes}")
