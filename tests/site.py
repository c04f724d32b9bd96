"""The site as its visitors meet it: a real web server, real workers, on the test database."""

import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import redis
from django.conf import settings
from django.db import connection

from config.processes import free_port, signal_group, spawn
from config.server import Server, configuration

ROOT = Path(__file__).resolve().parent.parent


def listen() -> tuple[Server, int]:
    port = free_port()
    return Server(configuration(host="127.0.0.1", port=port)), port


@contextmanager
def serving() -> Iterator[str]:
    """The site's ASGI application in a thread of this process; yields its address without a slash at the end."""
    server, port = listen()
    thread = threading.Thread(target=server.run, name="site")
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()
        thread.join(timeout=10)


def environment() -> dict[str, str]:
    """For a child process: the database is the one that the tests made, under its own name."""
    server = settings.DATABASE_URL.rsplit("/", 1)[0]
    return {**os.environ, "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}", "LOG_LEVEL": "INFO"}


@dataclass(slots=True)
class Child:
    """A process of the site, in a group of its own, with its output in a file."""

    process: "subprocess.Popen[bytes]"
    log: Path
    url: str = ""

    @property
    def pid(self) -> int:
        return self.process.pid

    def signal(self, number: int) -> None:
        """To the whole group, as when a machine is lost."""
        signal_group(self.pid, number)

    def wait(self, timeout_s: float = 10) -> int:
        return self.process.wait(timeout_s)

    def output(self) -> str:
        return self.log.read_text(errors="replace")


@dataclass(slots=True)
class Children:
    """Starts web processes and workers for one test, or one session, and ends them all."""

    folder: Path
    started: list[Child] = field(default_factory=list)

    def worker(self, queues: str = "default,simulation,live", *, pool: str = "prefork", concurrency: int = 1) -> Child:
        """A Celery worker that is ready to take tasks from `queues`."""
        name = f"worker{len(self.started)}@tests-{os.getpid()}"
        command = ["celery", "-A", "config", "worker", "-Q", queues, "-n", name, "-P", pool, "-c", str(concurrency)]
        ready = self.folder / f"ready{len(self.started)}"
        child = self._start([*command, "--without-mingle", "--without-gossip"], {"READY_FILE": str(ready)})
        self._wait(child, ready.exists)
        return child

    def web(self, port: int | None = None, **settings: str) -> Child:
        """A web process of its own that answers at `url`; `settings` go over those of the environment."""
        port = port or free_port()
        child = self._start(["config.server"], {"HOST": "127.0.0.1", "PORT": str(port), **settings})
        child.url = f"http://127.0.0.1:{port}"
        self._wait(child, lambda: answers(f"{child.url}/livez"))
        return child

    def close(self) -> None:
        for child in self.started:
            child.signal(9)
            child.wait()
        self.started.clear()

    def _start(self, module: list[str], extra: Mapping[str, str] | None = None) -> Child:
        log = self.folder / f"child{len(self.started)}.log"
        with log.open("wb") as output:
            process = spawn(
                [sys.executable, "-m", *module], environment={**environment(), **(extra or {})}, folder=ROOT, output=output
            )
        child = Child(process, log)
        self.started.append(child)
        return child

    def _wait(self, child: Child, ready: Callable[[], bool], timeout_s: float = 30) -> None:
        deadline = time.monotonic() + timeout_s
        while not ready():
            if child.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"a process of the site did not start:\n{child.output()[-3000:]}")
            time.sleep(0.02)


class SharedWorker:
    """The worker of all tests that need some worker: started when one asks for it, ended when one brings workers of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._times = 0
        self._running: Children | None = None
        self._child: Child | None = None

    def child(self) -> Child:
        if self._child is None:
            self._times += 1
            folder = self._folder / str(self._times)
            folder.mkdir()
            self._running = Children(folder)
            self._child = self._running.worker(concurrency=2)
        return self._child

    def close(self) -> None:
        if self._running is not None:
            self._running.close()
        self._running = self._child = None


def answers(url: str) -> bool:
    with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=2) as response:
        return bool(response.status == 200)
    return False


def empty_valkey() -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
