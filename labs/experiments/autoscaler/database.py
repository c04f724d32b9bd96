"""What stands behind the fleet: one database that every instance opens its connections to."""

from labs.experiments.settings import Settings
from labs.experiments.world import Behaviour, RemoteService, Request, ServicePlan, World

QUEUE_LIMIT = 200
SLOWED = 20.0
ILL = 1.5
HOP = 1000


class Database:
    """Up to its limit connections cost nothing; beyond it all queries take (connections / limit)² times as long."""

    def __init__(self, world: World, settings: Settings) -> None:
        self._settings = settings
        self.connections = 0
        self.slowed = False
        self.service: RemoteService = world.service("database", self._plan(), Behaviour())

    async def query(self, request: Request) -> int:
        """The status; 503 where too many wait already."""
        return await self.service.call(request.redrawn(HOP))

    @property
    def crowding(self) -> float:
        """How many times as long a query takes because of the number of connections."""
        return crowding(self.connections, self._settings.whole("database_connections"))

    @property
    def condition(self) -> str:
        """The status of its node: healthy, slow or saturated."""
        service = self.service
        if service.queued > service.plan.slots:
            return "saturated"
        return "slow" if service.behaviour.slowdown >= ILL else "healthy"

    def adjust(self, instances: int) -> None:
        """So many instances are connected; the knobs may have been turned."""
        self.connections = instances * self._settings.whole("connections_per_instance")
        slowdown = self.crowding * (SLOWED if self.slowed else 1.0)
        if slowdown != self.service.behaviour.slowdown:
            self.service.behaviour = Behaviour(slowdown=slowdown)
        plan = self._plan()
        if plan != self.service.plan:
            self.service.plan = plan

    def _plan(self) -> ServicePlan:
        return ServicePlan(self._settings.whole("database_slots"), QUEUE_LIMIT, self._settings.number("query_s"))


def crowding(connections: int, limit: int) -> float:
    """(connections / limit)², never below 1."""
    return max(1.0, connections / limit) ** 2
