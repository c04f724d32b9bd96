"""The servers as they really are, what befalls them, and what a probe finds. Nothing here knows what the balancer believes."""

import asyncio
from collections.abc import Callable

from labs.experiments.settings import Settings
from labs.experiments.world import OK, Behaviour, RemoteService, Request, ServicePlan, World

ROUND_TRIP_S = 0.005
FOREVER_S = 1e9
CRASH_AT_S, GRAY_AT_S, DATABASE_AT_S = 20.0, 50.0, 85.0
CRASHING, GRAYING = 2, 5
"""Places of the servers to which the schedule's faults happen: server 3 and server 6."""

WELL, GRAY, DOWN, BOOTING = "well", "gray", "down", "booting"
SAID = {WELL: "is well again", GRAY: "turns gray", DOWN: "crashes", BOOTING: "restarts"}


class Server:
    """One member of the fleet. Its condition is well, gray, down or booting."""

    def __init__(self, name: str, service: RemoteService) -> None:
        self.name = name
        self.service = service
        self.condition = WELL
        self.mended = asyncio.Event()
        """Set at the end of each illness."""
        self.episode = 0
        """Counts changes of condition, so that a mending that is scheduled knows whether it is still wanted."""

    @property
    def well(self) -> bool:
        return self.condition == WELL

    @property
    def dead(self) -> bool:
        return self.condition in (DOWN, BOOTING)


class Fleet:
    """`on_change(server, before)` hears of each change of condition."""

    def __init__(self, world: World, settings: Settings, on_change: Callable[[Server, str], None]) -> None:
        self._world = world
        self._settings = settings
        self._on_change = on_change
        self.database_up = True
        self.probes_cut = False
        whole, number = settings.whole, settings.number
        plan = ServicePlan(whole("slots"), whole("queue_limit"), number("service_mean_s"))
        names = [f"server-{place}" for place in range(1, whole("servers") + 1)]
        self.servers = tuple(Server(name, world.service(name, plan, Behaviour())) for name in names)
        self._draws = {server.name: world.rng(f"probe:{server.name}").random for server in self.servers}

    def named(self, name: str) -> Server | None:
        return next((server for server in self.servers if server.name == name), None)

    # What befalls them

    def schedule(self) -> None:
        """Begin everything that is to go wrong by itself."""
        chosen, spawn = self._settings.choice("schedule"), self._world.spawn
        if chosen in ("crash", "all") and len(self.servers) > CRASHING:
            at_s = CRASH_AT_S + self._world.rng("schedule").random() * self._settings.number("interval_s")
            spawn(self._later(at_s, lambda: self.crash(self.servers[CRASHING])))  # crashes know nothing of probes
        if chosen in ("gray", "all") and len(self.servers) > GRAYING:
            spawn(self._later(GRAY_AT_S, lambda: self.turn_gray(self.servers[GRAYING])))
        if chosen in ("database", "all"):
            spawn(self._later(DATABASE_AT_S, self.fail_database))
        for server in self.servers:
            for kind, befall in (("crash", self.crash), ("gray", self.turn_gray)):
                if rate_per_h := self._settings.number(f"{kind}_rate_per_h"):
                    spawn(self._at_random(server, kind, rate_per_h, befall))

    async def _later(self, at_s: float, befall: Callable[[], object]) -> None:
        await self._world.sleep(at_s)
        befall()

    async def _at_random(self, server: Server, kind: str, rate_per_h: float, befall: Callable[[Server], bool]) -> None:
        """At a constant rate while it is well: the time until the next one runs anew after each mending."""
        draws = self._world.rng(f"{kind}:{server.name}")
        while True:
            await self._world.sleep(draws.expovariate(rate_per_h / 3600.0))
            if befall(server):
                await server.mended.wait()

    def crash(self, server: Server) -> bool:
        """False where it is down already."""
        if server.dead:
            return False
        self._become(server, DOWN)
        self._world.spawn(self._mend_later(server, server.episode, self._settings.number("repair_s")))
        return True

    def turn_gray(self, server: Server) -> bool:
        """False where it is not well."""
        if not server.well:
            return False
        self._become(server, GRAY)
        self._world.spawn(self._mend_later(server, server.episode, self._settings.number("gray_s")))
        return True

    def mend(self, server: Server) -> bool:
        """False where it is well."""
        if server.well:
            return False
        self._become(server, WELL)
        return True

    async def restart(self, server: Server) -> None:
        """Whatever is inside is lost; well again after the boot."""
        self._become(server, BOOTING)
        episode = server.episode
        await self._world.sleep(self._settings.number("boot_s"))
        if server.episode == episode:
            self._become(server, WELL)

    async def _mend_later(self, server: Server, episode: int, delay_s: float) -> None:
        await self._world.sleep(delay_s)
        if server.episode == episode:
            self._become(server, WELL)

    def fail_database(self) -> bool:
        """For as long as the knob says; False where it is down already."""
        if not self.database_up:
            return False
        self._set_database(False)
        self._world.spawn(self._later(self._settings.number("database_s"), self.mend_database))
        return True

    def mend_database(self) -> bool:
        if self.database_up:
            return False
        self._set_database(True)
        return True

    def _set_database(self, up: bool) -> None:
        self.database_up = up
        self._world.mark("fault", "database", "the database is back" if up else "the database fails", "up" if up else "down")

    def _become(self, server: Server, condition: str) -> None:
        before, server.condition = server.condition, condition
        server.episode += 1
        (server.mended.set if server.well else server.mended.clear)()
        if before == DOWN or condition == BOOTING:  # whatever still hangs in it is lost
            server.service.behaviour = Behaviour(reachable=False)
        self.adjust(server)
        self._world.mark("fault", "servers", f"{server.name} {SAID[condition]}", condition)
        self._on_change(server, before)

    def adjust(self, server: Server) -> None:
        """Behave as its condition and the knobs say now."""
        if server.condition == WELL:
            server.service.behaviour = Behaviour()
        elif server.condition == GRAY:
            server.service.behaviour = Behaviour(failure_rate=self._settings.number("gray_share"))
        elif server.condition == DOWN and self._settings.choice("crash_kind") == "silent":
            server.service.behaviour = Behaviour(answers=False)
        else:
            server.service.behaviour = Behaviour(reachable=False)

    # What a probe finds

    async def probe(self, server: Server) -> bool:
        """The checker's probe, as deep as the knob says: True where the server says that it is well."""
        uniform = self._draws[server.name]
        lost, fate = uniform() < self._settings.number("probe_loss"), uniform()
        if lost or self.probes_cut:
            await self._world.sleep(FOREVER_S)
        return await self._ask(server, fate, self._settings.choice("depth") == "deep")

    async def is_alive(self, server: Server) -> bool:
        """The supervisor's probe, from the server's own host: none gets lost, and it does not wait in the queue."""
        await self._world.sleep(ROUND_TRIP_S)
        await self._refused_or_silent(server)
        return self.database_up or self._settings.choice("liveness") == "shallow"

    async def _ask(self, server: Server, fate: float, deep: bool) -> bool:
        settings, world = self._settings, self._world
        await world.sleep(ROUND_TRIP_S + (settings.number("handshake_s") if settings.choice("probe_client") == "new" else 0.0))
        if not settings.flag("probes_queue"):
            await self._refused_or_silent(server)
            served = not deep or server.condition != GRAY or fate >= settings.number("gray_share")
        else:
            light = Request(0, world.now_s(), fate if deep else 1.0, 1.0, 0.0, 0.0)
            served = await server.service.call(light) == OK
        return served and (self.database_up or not deep)

    async def _refused_or_silent(self, server: Server) -> None:
        """What somebody meets who does not ask the service itself."""
        if server.condition == DOWN and self._settings.choice("crash_kind") == "silent":
            await self._world.sleep(FOREVER_S)
        if server.dead:
            raise ConnectionError(f"{server.name} is down")
