"""A service of the live world: a process of its own, called with real sockets."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from labs.experiments.world import Behaviour, RemoteService, Request, ServicePlan
from labs.live.http_client import HttpClient, HttpError, RequestTimedOut
from labs.live.http_service import HOST
from labs.live.service_process import ServiceDied, ServiceProcess


async def open_all(openings: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Open services and backends at the same time; the first failure ends the attempt and is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            for opening in openings:
                group.create_task(opening)
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None


class LiveService(RemoteService):
    """Not reachable means killed (SIGKILL); reachable again means a new process on the same port, after its start-up time.

    `open` before the first call, `close` at the end. One that is not reachable from the first gets its process when it becomes
    so. `busy` and `queued` are what the process said last, at most 20 ms old.
    `on_failure` hears when the process dies by itself or cannot be brought back.
    """

    def __init__(
        self,
        name: str,
        plan: ServicePlan,
        behaviour: Behaviour,
        on_failure: Callable[[Exception], None],
        request_timeout_s: float = 60.0,
    ) -> None:
        self.name, self._plan = name, plan
        self._behaviour = behaviour
        self._on_failure = on_failure
        self._request_timeout_s = request_timeout_s
        self._process: ServiceProcess | None = None
        self._client: HttpClient | None = None
        self._maximum_connections = 1
        self._lives_busy_s = 0.0
        self._changed = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._port = 0

    @property
    def pid(self) -> int | None:
        """Of the process that serves now, if any."""
        return self._process.pid if self._process is not None and not self._process.killed else None

    @property
    def port(self) -> int:
        return self._port

    @property
    def waited(self) -> int:
        """Calls that found every connection busy."""
        return self._client.waited if self._client is not None else 0

    async def open(self, maximum_connections: int = 128) -> None:
        """Start the process, if it is to be reachable."""
        self._maximum_connections = maximum_connections
        if self._behaviour.reachable:
            await self._start()
        self._keeper = asyncio.create_task(self._keep())

    async def close(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait((self._keeper,))
        if self._client is not None:
            await self._client.close()
        if self._process is not None:
            await self._process.kill()

    async def call(self, request: Request) -> int:
        assert self._keeper is not None, "the service is not open yet"
        if self._client is None:
            raise ConnectionError(f"{self.name} has not been started")
        try:
            response = await self._client.get(f"/?fate={request.fate!r}&pace={request.pace!r}&demand={request.demand!r}")
        except RequestTimedOut as late:
            raise TimeoutError(str(late)) from late
        except HttpError as failure:
            raise ConnectionError(str(failure)) from failure
        return response.status

    @property
    def plan(self) -> ServicePlan:
        return self._plan

    @plan.setter
    def plan(self, plan: ServicePlan) -> None:
        self._plan = plan
        if self._process is not None and not self._process.killed:
            self._process.build_as(plan)

    @property
    def behaviour(self) -> Behaviour:
        return self._behaviour

    @behaviour.setter
    def behaviour(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        if self._process is not None and not behaviour.reachable:
            self._process.kill_now()
        if self._process is None or self._process.killed:
            self._changed.set()
        else:
            self._process.behave(behaviour)

    @property
    def busy(self) -> int:
        return self._process.load.busy if self._process is not None else 0

    @property
    def queued(self) -> int:
        return self._process.load.queued if self._process is not None else 0

    @property
    def busy_s(self) -> float:
        if self._process is None:
            return self._lives_busy_s
        return self._lives_busy_s + self._process.load.busy_s_at(asyncio.get_running_loop().time())

    async def _start(self) -> None:
        """The first start settles the port for all lives."""
        process = ServiceProcess(self._on_failure)
        self._port = await process.start(self.plan, self._behaviour, self._port)
        process.build_as(self._plan)
        process.behave(self._behaviour)  # they may have changed while the process came up
        self._process = process
        if self._client is None:
            self._client = HttpClient(
                HOST, self._port, request_timeout_s=self._request_timeout_s, max_connections=self._maximum_connections
            )

    async def _keep(self) -> None:
        """Bring the process into the state that the behaviour asks for, whenever that changes."""
        try:
            while await self._changed.wait():
                self._changed.clear()
                if not self._behaviour.reachable or (self._process is not None and self._process.killed):
                    await self._bury()
                if self._behaviour.reachable and self._process is None:
                    await self._start()
                    self._changed.set()
        except (ServiceDied, OSError) as failure:
            self._on_failure(failure)

    async def _bury(self) -> None:
        """Forget the process when it is gone, not before: `close` may have to go on where this was cancelled."""
        if self._process is not None:
            await self._process.kill()
            self._lives_busy_s += self._process.load.busy_s
            self._process = None
