"""What the live world can carry: every request is two processes' real work, and all arms share the machine."""

import resource
from collections.abc import Mapping

from labs.experiments.catalogue import get
from labs.experiments.events import Scalar
from labs.experiments.spec import Change, RunSpec, SpecError

MAXIMUM_RATE_RPS = 1200.0
"""Requests per second over all arms. Six arms at this rate keep half of one core busy, so latencies are the services' own."""
MAXIMUM_DURATION_S = 120.0
MAXIMUM_PROCESSES = 32
"""Services of all arms, each a process of some 13 MB."""
MAXIMUM_CONNECTIONS_PER_SERVICE = 512
MAXIMUM_DATABASE_CONNECTIONS = 600
"""Connection limits of all arms' databases together: each connection is a process of PostgreSQL and a descriptor of ours."""
RESERVED_DESCRIPTORS = 256
"""Of those that a process may have: what is left is shared by the connections of all arms."""
CONNECTION_LIMIT = "max_connections"


def check_live(spec: RunSpec) -> None:
    """Raises SpecError when a run asks for more than the live world carries, now or after a change of its ledger."""
    errors: dict[str, str] = {}
    if spec.duration_s > MAXIMUM_DURATION_S:
        errors["duration_s"] = (
            f"a live run takes as long as it says and may last {MAXIMUM_DURATION_S:g} s; choose a shorter one"
        )
    processes = get(spec.lab).live_processes(spec.parameters)
    if processes * len(spec.arms) > MAXIMUM_PROCESSES:
        errors["arms"] = _crowd(processes, len(spec.arms))
    errors |= _too_much(spec.parameters, len(spec.arms))
    errors |= {f"changes.{index}": why_not for index, why_not in refusals(spec).items()}
    if errors:
        raise SpecError(errors)


def refusals(spec: RunSpec) -> Mapping[int, str]:
    """The changes that cannot be made, by their place, and why: each is judged by what those before it have left."""
    found: dict[int, str] = {}
    parameters = spec.parameters
    for index, change in enumerate(spec.changes):
        changed = after(parameters, change)
        if why_not := _too_much(changed, len(spec.arms)):
            found[index] = "; ".join(why_not.values())
        else:
            parameters = changed
    return found


def _too_much(parameters: Mapping[str, Scalar], arms: int) -> dict[str, str]:
    """What the live world does not carry, by knob."""
    rates = [name for name in parameters if name.startswith("rate") and name.endswith("_rps")]
    found: dict[str, str] = {}
    if arms * sum(float(parameters[name]) for name in rates) > MAXIMUM_RATE_RPS:
        found[rates[0]] = _advice(arms)
    if arms * int(parameters.get(CONNECTION_LIMIT, 0)) > MAXIMUM_DATABASE_CONNECTIONS:
        found[CONNECTION_LIMIT] = (
            f"a live database takes up to {MAXIMUM_DATABASE_CONNECTIONS // arms} connections where there are {arms} arms; "
            "lower the limit or choose fewer arms"
        )
    return found


def after(parameters: Mapping[str, Scalar], change: Change) -> Mapping[str, Scalar]:
    """The parameters once the change is made."""
    return {**parameters, change.name: change.value} if change.kind == "set" and change.value is not None else parameters


def connections_per_service(services: int) -> int:
    """How many connections a client may hold: fewer than its service takes, and all clients within the process's limit."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = MAXIMUM_CONNECTIONS_PER_SERVICE * services if soft == resource.RLIM_INFINITY else soft - RESERVED_DESCRIPTORS
    return max(1, min(MAXIMUM_CONNECTIONS_PER_SERVICE, free // max(1, services)))


def _crowd(processes: int, arms: int) -> str:
    room = MAXIMUM_PROCESSES // processes
    fewer = f"choose {room} {'arm' if room == 1 else 'arms'} at most, or fewer servers" if room else "choose fewer servers"
    return (
        f"in the live world each server is a process, of which there may be {MAXIMUM_PROCESSES} over all arms; here {arms} "
        f"{'arm needs' if arms == 1 else 'arms need'} up to {processes} each: {fewer}"
    )


def _advice(arms: int) -> str:
    return (
        f"the live world carries up to {MAXIMUM_RATE_RPS:g} requests/s over all arms, so {MAXIMUM_RATE_RPS / arms:g} for each "
        f"of {arms}; lower the rate or choose fewer arms"
    )
