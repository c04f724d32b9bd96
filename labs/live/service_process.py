"""The parent's side of `labs.live.http_service`: starts the process, tells it how to behave, hears how busy it is, ends it."""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from labs.experiments.world import Behaviour, ServicePlan

PROJECT = Path(__file__).resolve().parents[2]
START_TIMEOUT_S = 10.0


class ServiceDied(RuntimeError):
    """The process is gone and nobody told it to go."""


@dataclass(frozen=True, slots=True)
class Load:
    """What the process last said of itself, at `at_s` on the machine's monotonic clock."""

    busy: int = 0
    queued: int = 0
    busy_s: float = 0.0
    at_s: float = 0.0

    def busy_s_at(self, at_s: float) -> float:
        return self.busy_s + self.busy * max(0.0, at_s - self.at_s)


class ServiceProcess:
    """One life of one service: `start` it, then `kill` it; it does not come back. `on_death` hears when it dies by itself."""

    def __init__(self, on_death: Callable[[ServiceDied], None]) -> None:
        self.load = Load()
        self.port = 0
        self._on_death = on_death
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self.killed = False

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    async def start(self, plan: ServicePlan, behaviour: Behaviour, port: int = 0) -> int:
        """Start it and wait until it listens; returns its port. Raises ServiceDied when it does not come up."""
        self._process = process = await _spawn()
        self._send({"plan": asdict(plan), "behaviour": asdict(behaviour), "port": port})
        assert process.stdout is not None
        line, why_not = b"", f"did not come up within {START_TIMEOUT_S:g} s"
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                line, why_not = await process.stdout.readline(), "ended while it started; its port may have been taken"
        except TimeoutError:
            pass
        except BaseException:
            await self.kill()
            raise
        if not line:
            await self.kill()
            raise ServiceDied(f"a service's process {why_not}")
        self.port = int(json.loads(line)["port"])
        self._reader = asyncio.create_task(self._read(process.stdout))
        return self.port

    def behave(self, behaviour: Behaviour) -> None:
        """Takes effect on work that starts after the line has arrived, some tenths of a millisecond from now."""
        self._send({"behaviour": asdict(behaviour)})

    def build_as(self, plan: ServicePlan) -> None:
        """As `behave`, for the plan."""
        self._send({"plan": asdict(plan)})

    def kill_now(self) -> None:
        """SIGKILL, without waiting for the end of it."""
        if not self.killed:
            self.killed = True
            self.load = Load(busy_s=self.load.busy_s_at(asyncio.get_running_loop().time()))
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()

    async def kill(self) -> None:
        """SIGKILL; returns when the process is reaped and its pipes are closed."""
        self.kill_now()
        if self._process is None:
            return
        if self._reader is not None:
            await asyncio.wait((self._reader,))
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        await self._process.stdout.read()
        await self._process.wait()
        with suppress(BrokenPipeError, ConnectionResetError):
            await self._process.stdin.wait_closed()

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")

    async def _read(self, lines: asyncio.StreamReader) -> None:
        while line := await lines.readline():
            if line.endswith(b"\n") and not self.killed:
                self.load = Load(**json.loads(line))
        if not self.killed:
            self._on_death(ServiceDied("a service's process died by itself; its machine may be out of memory"))


async def _spawn() -> asyncio.subprocess.Process:
    """Nothing of this process's environment but the search path goes along: a service needs no secrets."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "labs.live.http_service",
        str(os.getpid()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=PROJECT,
        env={"PATH": os.environ.get("PATH", os.defpath)},
    )
