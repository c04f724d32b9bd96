"""`manage.py dev`: the whole site on one machine, from nothing, in one command."""

import contextlib
import json
import os
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import redis

from config import embedded
from config.embedded import Embedded, EmbeddedServerError
from config.processes import free_port, spawn, write_private
from config.supervisor import (
    ROOT,
    CannotStart,
    Child,
    Ending,
    StopRequested,
    Supervisor,
    listening_socket,
    python,
    say,
)

WORKER_ENDING = Ending(((15, 0.0), (3, 1.2)))  # SIGTERM: finish what you do; SIGQUIT: give it back to the queue
QUIET_AS_ROOT = "ignore:You're running the worker with superuser privileges"


def worker_queues() -> dict[str, int]:
    """Queue -> processes that take from it."""
    cores = os.cpu_count() or 1
    return {"default": 2, "simulation": max(2, min(cores, 8)), "live": 2}


@dataclass(slots=True)
class DevelopmentSite:
    """Everything a development site needs, in its data folder `folder`, on `host` and `port` or the next free one."""

    folder: Path
    host: str = "127.0.0.1"
    port: int = 8000
    supervisor: Supervisor = field(init=False)
    listener: socket.socket = field(init=False)
    environment: dict[str, str] = field(init=False)
    started_s: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.supervisor = Supervisor(self.folder)
        self.environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PLIMSOLL_VAR": str(self.folder)}
        self.environment.setdefault("DEBUG", "true")
        self.environment.setdefault("PYTHONWARNINGS", QUIET_AS_ROOT)

    def run(self) -> int:
        """Run until a signal comes; the exit status: 0 after a signal, 1 when the site could not start."""
        try:
            self.supervisor.claim()
            self.supervisor.listen_to_signals()
            self.start()
            self.supervisor.watch()
        except StopRequested:
            pass
        except (CannotStart, EmbeddedServerError) as trouble:
            say(f"Plimsoll cannot start: {trouble}")
            return 1
        finally:
            self.stop()
        return 0

    def start(self) -> None:
        self.listener = listening_socket(self.host, self.port)
        if self.host not in {"127.0.0.1", "localhost", "::1"}:
            self.environment.setdefault("ALLOWED_HOSTS", "*")
        self.start_servers()
        write_private(self.servers_file, json.dumps(self.addresses()))
        web = self.supervisor.add(Child("the web server", self.start_web))
        self.supervisor.complete("The preparation", python("manage.py", "prepare"), self.environment)
        workers = [self.add_worker(queue, processes) for queue, processes in worker_queues().items()]
        self.supervisor.add(Child("the scheduler", self.start_beat))
        self.wait_for_site(web, workers)
        self.announce()

    def stop(self) -> None:
        if self.supervisor.children:
            say("\nStopping ...")
            self.supervisor.stop()
            self.servers_file.unlink(missing_ok=True)
            say("Everything is down.")

    @property
    def servers_file(self) -> Path:
        """Read by `config.settings`: commands run beside the site find its servers there."""
        return self.folder / "servers.json"

    @property
    def address(self) -> str:
        host, port = self.listener.getsockname()[:2]
        shown = {"127.0.0.1": "localhost", "0.0.0.0": "localhost", "::": "localhost"}.get(host, host)  # noqa: S104
        return f"http://{shown}:{port}"

    def addresses(self) -> Mapping[str, str]:
        return {name: self.environment[name] for name in ("DEBUG", "DATABASE_URL", "REDIS_URL")}

    # Servers

    def start_servers(self) -> None:
        wanted = {"REDIS_URL": self.valkey, "DATABASE_URL": self.postgresql}
        for name in wanted:
            if url := self.environment.get(name):
                check_answers(name, url)
        starting = [(name, prepare()) for name, prepare in wanted.items() if not self.environment.get(name)]
        for server, child in [(server, self.supervisor.add_server(server)) for _, server in starting]:
            trouble = f"Its log: {server.log}"
            self.supervisor.wait(server.answers, of=child, timeout_s=60, trouble=trouble)
            say(f"{server.name} answers on port {urlsplit(server.url).port}.")
        self.environment |= {name: server.url for name, server in starting}

    def valkey(self) -> Embedded:
        return embedded.valkey(self.folder / "valkey", free_port())

    def postgresql(self) -> Embedded:
        folder = self.folder / "postgresql"
        if not (folder / "password").exists():
            say("Making the PostgreSQL data folder (once) ...")
        return embedded.postgresql(folder, free_port())

    # The site's own processes

    def start_web(self) -> Any:
        descriptor = self.listener.fileno()
        environment = {**self.environment, "LISTEN_FD": str(descriptor)}
        return spawn(python("-m", "config.server"), environment=environment, folder=ROOT, pass_fds=[descriptor])

    def add_worker(self, queue: str, processes: int) -> Child:
        def start() -> Any:
            self.ready_file(queue).unlink(missing_ok=True)
            environment = {**self.environment, "READY_FILE": str(self.ready_file(queue))}
            options = ["-Q", queue, "-n", f"{queue}@%h", "-P", "prefork", "-c", str(processes)]
            quick = ["--without-mingle", "--without-gossip"]
            command = python("-m", "celery", "-q", "-A", "config", "worker", *options, *quick)
            return spawn(command, environment=environment, folder=ROOT)

        return self.supervisor.add(Child(f"the {queue} worker", start, WORKER_ENDING))

    def start_beat(self) -> Any:
        command = python("-m", "celery", "-q", "-A", "config", "beat", "--pidfile=", "-s", str(self.folder / "beat"))
        return spawn(command, environment=self.environment, folder=ROOT)

    def ready_file(self, queue: str) -> Path:
        return self.folder / f"{queue}.ready"

    def wait_for_site(self, web: Child, workers: list[Child]) -> None:
        self.supervisor.wait(self.is_ready, of=web, timeout_s=60, trouble="See above.")
        for worker, queue in zip(workers, worker_queues(), strict=True):
            self.supervisor.wait(self.ready_file(queue).exists, of=worker, timeout_s=60, trouble="See above.")

    def is_ready(self) -> bool:
        host, port = self.listener.getsockname()[:2]
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
        url = f"http://{f'[{host}]' if ':' in host else host}:{port}/readyz"
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
        return False

    def announce(self) -> None:
        for line in account_lines(self.folder / "accounts.json"):
            say(line)
        say(f"\nPlimsoll runs at {self.address}/ (after {time.monotonic() - self.started_s:.1f} s). Ctrl-C stops it.\n")


def check_answers(name: str, url: str) -> None:
    """Raise CannotStart, in one line without the password, when the server behind a given URL does not answer."""
    try:
        if name == "REDIS_URL":
            with redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5) as client:
                client.ping()
        else:
            psycopg.connect(url, connect_timeout=5).close()
    except (redis.RedisError, psycopg.Error, OSError, ValueError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise CannotStart(
            f"{name} is set, but the server at {_without_password(url)} does not answer ({reason}). "
            f"Start it, correct {name}, or unset it to use the embedded server."
        ) from None


def _without_password(url: str) -> str:
    with contextlib.suppress(ValueError):
        parts = urlsplit(url)
        return f"{parts.hostname or '?'}:{parts.port or '(default port)'}"
    return "that address"


def account_lines(path: Path) -> list[str]:
    """The development accounts, as they are printed at every start."""
    try:
        accounts = json.loads(path.read_text())
    except (OSError, ValueError):
        return []
    rows = [f"  {name:<12} {password}" for name, password in accounts.items()]
    return ["\nAccounts (user name, password), kept in " + str(path) + ":", *rows]
