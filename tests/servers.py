"""Valkey and PostgreSQL of the tests' own: started once by the first pytest process, shared by xdist's workers.

They live in a temporary folder, on free ports, without fsync, and end with pytest however it ends.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from config.embedded import Embedded, postgresql, remove, valkey
from config.processes import free_port

DATABASES_PER_PROCESS = 2


class TestServers:
    """Starts both servers; `close()` ends them and removes their folder."""

    __test__ = False

    def __init__(self) -> None:
        self._cleanup = ExitStack()
        folder = Path(tempfile.mkdtemp(prefix="plimsoll-tests-"))
        folder.chmod(0o711)  # PostgreSQL may run as another account, see config.embedded
        self._cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
        self._cleanup.callback(remove, folder / "postgresql")
        self.folder = folder
        with ThreadPoolExecutor() as both:
            made = both.submit(postgresql, folder / "postgresql", free_port(), durable=False)
            self.valkey = valkey(folder / "valkey", free_port(), durable=False)
            self.postgresql = made.result()
        for server, process in [(server, self._start(server)) for server in (self.valkey, self.postgresql)]:
            server.wait_until_it_answers(process, timeout_s=30)

    def _start(self, server: Embedded) -> "subprocess.Popen[bytes]":
        process = server.start()
        self._cleanup.callback(process.wait)
        self._cleanup.callback(process.send_signal, server.stop_signal)
        return process

    def close(self) -> None:
        self._cleanup.close()


def use(database_url: str, valkey_url: str, folder: Path, worker: int) -> None:
    """Point the settings at the servers: each pytest process has Valkey databases of its own.

    The cache and the streams are one, emptied after every test; the broker's is another, because publishers remember which
    queues they have declared.
    """
    server = valkey_url.rsplit("/", 1)[0]
    first = DATABASES_PER_PROCESS * worker
    os.environ.update(
        DJANGO_SETTINGS_MODULE="config.settings",
        DEBUG="true",
        SHARED_PAGES_S="0",
        SECRET_KEY="only for tests, which sign nothing of worth",
        DATABASE_URL=database_url,
        DATABASE_CONN_MAX_AGE="0",  # threads leave no connection behind that would keep the test database busy
        REDIS_URL=f"{server}/{first}",
        CELERY_BROKER_URL=f"{server}/{first + 1}",
        PLIMSOLL_VAR=str(folder / f"var{worker}"),
        EMAIL_URL="memorymail://",
        LOG_LEVEL="WARNING",
    )
    for name in ("ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "HTTPS", "TRUSTED_PROXIES", "EMAIL_VERIFICATION"):
        os.environ.pop(name, None)


class OwnValkey:
    """A Valkey that one test may kill or freeze; the one that all tests share stays up."""

    def __init__(self, folder: Path) -> None:
        self.server: Embedded = valkey(folder, free_port(), durable=False)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = self.server.start()
        self.server.wait_until_it_answers(self.process, timeout_s=20)

    def signal(self, number: int) -> None:
        if self.process is not None:
            self.process.send_signal(number)

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(10)
            self.process = None
