"""A `RemoteService` in virtual time: the simulation's service, with the luck that each request brings and HTTP's answers."""

from dataclasses import dataclass

from labs.experiments.world import BAD_REQUEST, INTERNAL_ERROR, OK, UNAVAILABLE, Behaviour, RemoteService, Request, ServicePlan
from labs.simulation.faults import Faults
from labs.simulation.service import Failed, Rejected, Service, Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class _PlannedWork(Faults):
    """Requests bring how heavy they are; how long that takes is for the plan to say that holds when their work starts."""

    plan: ServicePlan

    def duration_s(self, work_s: float, fate: float, pace: float) -> float:
        return Faults.duration_s(self, self.plan.work_s(work_s), fate, pace)


class SimulatedService(RemoteService):
    """Make it while its virtual loop runs."""

    def __init__(self, name: str, plan: ServicePlan, behaviour: Behaviour) -> None:
        self.name = name
        self._plan = plan
        self._behaviour = behaviour
        self._service = Service(
            name,
            _draws,
            servers=plan.slots,
            queue_limit=plan.queue_limit,
            faults=_faults(plan, behaviour),
            cancels=behaviour.notices_hang_up,
        )
        self._call = self._service.call
        if not behaviour.reachable:
            self._service.kill()

    @property
    def plan(self) -> ServicePlan:
        return self._plan

    @plan.setter
    def plan(self, plan: ServicePlan) -> None:
        self._plan = plan
        self._service.faults = _faults(plan, self._behaviour)
        self._service.queue_limit = plan.queue_limit
        self._service.servers = plan.slots

    @property
    def behaviour(self) -> Behaviour:
        return self._behaviour

    @behaviour.setter
    def behaviour(self, behaviour: Behaviour) -> None:
        before, self._behaviour = self._behaviour, behaviour
        self._service.faults = _faults(self._plan, behaviour)
        self._service.cancels = behaviour.notices_hang_up
        if before.reachable and not behaviour.reachable:
            self._service.kill()
        elif behaviour.reachable and not before.reachable:
            self._service.restart()

    @property
    def busy(self) -> int:
        return self._service.busy

    @property
    def queued(self) -> int:
        return self._service.queued

    @property
    def busy_s(self) -> float:
        return self._service.busy_s

    async def call(self, request: Request) -> int:
        behaviour = self._behaviour
        bad_request = behaviour.failure_rate <= request.fate < behaviour.failure_rate + behaviour.client_error_rate
        try:
            await self._call(request)
        except Failed:
            return INTERNAL_ERROR
        except Rejected:
            return UNAVAILABLE
        except Unavailable as gone:
            raise ConnectionError(str(gone)) from gone
        return BAD_REQUEST if bad_request else OK


def _draws(request: Request) -> tuple[float, float, float]:
    return request.demand, request.fate, request.pace


def _faults(plan: ServicePlan, behaviour: Behaviour) -> Faults:
    return _PlannedWork(
        plan=plan,
        failure_rate=behaviour.failure_rate,
        failure_s=behaviour.failure_s,
        slow_rate=behaviour.slow_rate,
        slow_s=behaviour.slow_s,
        slow_factor=behaviour.slowdown,
        hanging=not behaviour.answers,
    )
