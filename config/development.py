"""`manage.py dev`: the whole site on one machine, from nothing, in one command.

    embedded servers start ──┐
    Django is loaded here ───┴─> web server
                             └─> migrations ──> workers, scheduler
                                            └─> material, accounts ──> the address

Django is loaded once, in this process; the site's own processes are forks of it, so a start (and a restart of one of
them) does not pay for the imports again. This process opens no connection and runs no thread.
"""

import contextlib
import json
import os
import socket
import sys
import time
import traceback
import urllib.request
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

from config import embedded
from config.embedded import Embedded, EmbeddedServerError
from config.processes import Forked, free_port, write_private
from config.servers_given import check_answers
from config.supervisor import CannotStart, Child, Ending, StopRequested, Supervisor, listening_socket, say

ROOT = Path(__file__).resolve().parent.parent
WORKER_ENDING = Ending(((15, 0.0), (3, 1.6)))  # SIGTERM: finish what you do; SIGQUIT: give it back to the queue
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to ask a site that listens everywhere
WORKER_MODULES = (
    "celery.bin.celery",
    "celery.apps.worker",
    "celery.concurrency.prefork",
    "celery.contrib.django.task",
    "celery.worker.autoscale",
    "celery.worker.consumer",
    "celery.worker.pidbox",
    "celery.worker.heartbeat",
    "celery.beat",
    "kombu.transport.redis",
    "config.server",
    "config.asgi",
    "config.urls",
)
QUIET_AS_ROOT = "You're running the worker with superuser privileges"


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"), help="address to listen on (HOST)")
    parser.add_argument(
        "--port", type=int, default=int(os.environ.get("PORT", "8000")), help="the port, or the next free one (PORT)"
    )


def main(arguments: Sequence[str]) -> int:
    parser = ArgumentParser(prog="manage.py dev")
    add_arguments(parser)
    options = parser.parse_args(arguments)
    folder = Path(os.environ.get("PLIMSOLL_VAR") or ROOT / "var").resolve()
    return DevelopmentSite(folder, options.host, options.port).run()


def worker_queues() -> dict[str, int]:
    """Queue -> processes that take from it."""
    return {"default": 2, "simulation": max(2, min(os.cpu_count() or 1, 8)), "live": 2}


@dataclass(slots=True)
class DevelopmentSite:
    """Everything a development site needs, in its data folder `folder`, on `host` and `port` or the next free one."""

    folder: Path
    host: str = "127.0.0.1"
    port: int = 8000
    supervisor: Supervisor = field(init=False)
    listener: socket.socket = field(init=False)
    started_s: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.supervisor = Supervisor(self.folder)

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
        self.set_environment()
        servers = self.start_servers()
        load_django()
        for server, child in servers:
            self.wait_for_server(server, child)
        web = self.fork("web", "the web server", self.serve)
        self.supervisor.complete(self.child("migrate", "the migration", lambda: preparation().migrate(say)))
        workers = [self.add_worker(queue, processes) for queue, processes in worker_queues().items()]
        self.fork("beat", "the scheduler", lambda: celery("beat", "--pidfile=", "-s", str(self.folder / "beat")))
        self.supervisor.complete(self.child("fill", "loading what the site shows", lambda: preparation().fill(say)))
        self.wait_for_site(web, workers)
        self.announce()

    def stop(self) -> None:
        if self.supervisor.children:
            say("\nStopping ...")
            self.supervisor.stop()
            self.servers_file.unlink(missing_ok=True)
            say("Everything is down.")

    def set_environment(self) -> None:
        """For the settings, which are read after this, and for every child."""
        os.environ["PLIMSOLL_VAR"] = str(self.folder)
        os.environ.setdefault("DEBUG", "true")
        os.environ.setdefault("PYTHONWARNINGS", f"ignore:{QUIET_AS_ROOT}")
        if self.host not in {"127.0.0.1", "localhost", "::1"}:
            os.environ.setdefault("ALLOWED_HOSTS", "*")

    @property
    def servers_file(self) -> Path:
        """Read by `config.settings`: commands run beside the site find its servers there."""
        return self.folder / "servers.json"

    # Servers

    def start_servers(self) -> list[tuple[Embedded, Child]]:
        """Start those that no variable names; their addresses are known before they answer."""
        wanted = {"REDIS_URL": self.valkey, "DATABASE_URL": self.postgresql}
        for name in wanted:
            if url := os.environ.get(name):
                check_answers(name, url)
        missing = {name: prepare() for name, prepare in wanted.items() if not os.environ.get(name)}
        os.environ.update({name: server.url for name, server in missing.items()})
        write_private(self.servers_file, json.dumps({name: os.environ[name] for name in ("DEBUG", *wanted)}))
        return [(server, self.supervisor.add_server(server)) for server in missing.values()]

    def valkey(self) -> Embedded:
        return embedded.valkey(self.folder / "valkey", free_port())

    def postgresql(self) -> Embedded:
        folder = self.folder / "postgresql"
        if not (folder / "password").exists():
            say("Making the PostgreSQL data folder (once) ...")
        return embedded.postgresql(folder, free_port())

    def wait_for_server(self, server: Embedded, child: Child) -> None:
        trouble = f"It said: {server.last_words()} (log: {server.log})"
        self.supervisor.wait(server.answers, of=child, timeout_s=60, trouble=trouble)
        say(f"{server.name} answers on port {urlsplit(server.url).port}.")

    # The site's own processes

    def child(self, short: str, name: str, function: Callable[[], int | None], ending: Ending | None = None) -> Child:
        def start() -> Forked:
            return Forked(function, name=f"plimsoll-{short}", close=self.supervisor.descriptors)

        return Child(name, start, ending or Ending())

    def fork(self, short: str, name: str, function: Callable[[], int | None], ending: Ending | None = None) -> Child:
        return self.supervisor.add(self.child(short, name, function, ending))

    def serve(self) -> None:
        from config.server import serve

        serve(self.listener)

    def add_worker(self, queue: str, processes: int) -> Child:
        def work() -> None:
            self.listener.close()
            self.ready_file(queue).unlink(missing_ok=True)
            os.environ["READY_FILE"] = str(self.ready_file(queue))
            options = ["-Q", queue, "-n", f"{queue}@%h", "-P", "prefork", "-c", str(processes)]
            celery("worker", *options, "--without-mingle", "--without-gossip")

        self.ready_file(queue).unlink(missing_ok=True)
        return self.fork(queue, f"the {queue} worker", work, WORKER_ENDING)

    def ready_file(self, queue: str) -> Path:
        return self.folder / f"{queue}.ready"

    def wait_for_site(self, web: Child, workers: list[Child]) -> None:
        self.supervisor.wait(self.is_ready, of=web, timeout_s=60, trouble="See above.")
        for worker, queue in zip(workers, worker_queues(), strict=True):
            self.supervisor.wait(self.ready_file(queue).exists, of=worker, timeout_s=60, trouble="See above.")

    def is_ready(self) -> bool:
        url = f"{self.url(EVERYWHERE)}/readyz"
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - our own site
            return bool(response.status == 200)
        return False

    def url(self, names: dict[str, str]) -> str:
        host, port = self.listener.getsockname()[:2]
        host = names.get(host, host)
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    def announce(self) -> None:
        for line in account_lines(self.folder / "accounts.json"):
            say(line)
        address = self.url(dict.fromkeys(["127.0.0.1", "::1", *EVERYWHERE], "localhost"))
        say(f"\nPlimsoll runs at {address}/ (after {time.monotonic() - self.started_s:.1f} s). Ctrl-C stops it.\n")


def load_django() -> None:
    """Import all that the forks will run."""
    try:
        import django

        django.setup()
        from config.celery import app

        app.loader.import_default_modules()
        for module in WORKER_MODULES:
            import_module(module)
    except Exception as trouble:
        traceback.print_exc()
        raise CannotStart(f"the site's code does not load ({type(trouble).__name__}), see above.") from None


def preparation() -> ModuleType:
    """Imported late: it needs the settings."""
    return import_module("config.preparation")


def celery(*arguments: str) -> None:
    import warnings

    from config.celery import app

    warnings.filterwarnings("ignore", message=QUIET_AS_ROOT)
    sys.argv = ["celery", *arguments]
    app.start(["-q", *arguments])


def account_lines(path: Path) -> list[str]:
    """The development accounts, as they are printed at every start."""
    try:
        accounts = json.loads(path.read_text())
    except (OSError, ValueError):
        return []
    rows = [f"  {name:<12} {password}" for name, password in accounts.items()]
    return [f"\nAccounts (user name, password), kept in {path}:", *rows]
