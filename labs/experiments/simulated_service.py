"""A `RemoteService` in virtual time: the simulation's service, with the luck that each request brings and HTTP's answers."""

from labs.experiments.world import BAD_REQUEST, INTERNAL_ERROR, OK, UNAVAILABLE, Behaviour, RemoteService, Request, ServicePlan
from labs.simulation.faults import Faults
from labs.simulation.service import Failed, Rejected, Service, Unavailable


class SimulatedService(RemoteService):
    """Make it while its virtual loop runs."""

    def __init__(self, name: str, plan: ServicePlan, behaviour: Behaviour) -> None:
        self.name = name
        self._plan = plan
        self._behaviour = behaviour
        self._service = Service(
            name,
            self._draws,
            servers=plan.slots,
            queue_limit=plan.queue_limit,
            faults=_faults(behaviour),
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
        self._service.queue_limit = plan.queue_limit
        self._service.servers = plan.slots

    @property
    def behaviour(self) -> Behaviour:
        return self._behaviour

    @behaviour.setter
    def behaviour(self, behaviour: Behaviour) -> None:
        before, self._behaviour = self._behaviour, behaviour
        self._service.faults = _faults(behaviour)
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

    def _draws(self, request: Request) -> tuple[float, float, float]:
        return self._plan.work_s(request.demand), request.fate, request.pace


def _faults(behaviour: Behaviour) -> Faults:
    return Faults(
        failure_rate=behaviour.failure_rate,
        failure_s=behaviour.failure_s,
        slow_rate=behaviour.slow_rate,
        slow_s=behaviour.slow_s,
        slow_factor=behaviour.slowdown,
        hanging=not behaviour.answers,
    )
