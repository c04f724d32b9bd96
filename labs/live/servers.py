"""Valkey and PostgreSQL of one live run: children on free ports, with their data in a temporary folder that goes with them.

They are private so that a lab may fill, pause and kill them: the site's own servers never notice.

A process that is killed leaves its folders behind; its servers end with it, since their parent is gone. Whoever begins a live
run removes such folders: each holds a lock on its own as long as it lives.
"""

import asyncio
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from config.embedded import Embedded, EmbeddedServerError, postgresql, remove, valkey
from config.processes import free_port
from labs.live.limits import MAXIMUM_DATABASE_CONNECTIONS

PREFIX = "plimsoll-live-"
LOCK = "lock"
YOUNG_S = 60.0
"""A folder of that age may not have its lock yet."""
START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 5.0
OURS = 10
"""Connections to PostgreSQL beside the run's: those that look at it and order, and the three that it keeps for its owner."""


class ServerFailed(OSError):
    """A server of a live run did not come up; the message says why."""


class PrivateServer:
    """`await start()` gives its URL; `pause` and `resume` freeze it, `await stop()` ends it and removes its data."""

    def __init__(self, prepare: Callable[[Path, int], Embedded]) -> None:
        self._prepare = prepare
        self._server: Embedded | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None
        self._lock: int | None = None

    async def start(self) -> str:
        """Raises ServerFailed when it does not answer within 20 s."""
        await asyncio.to_thread(remove_orphans)
        folder = self._folder = await asyncio.to_thread(_new_folder)
        self._lock = _locked(folder)
        try:
            self._server = server = await asyncio.to_thread(self._prepare, folder / "data", free_port())
            self._process = process = server.start()  # in this thread: its child dies with the thread that made it
            await asyncio.to_thread(server.wait_until_it_answers, process, START_TIMEOUT_S)
        except EmbeddedServerError as failure:
            await self.stop()
            raise ServerFailed(failure.what) from failure  # its log has gone with its folder
        except OSError as failure:
            await self.stop()
            raise ServerFailed(str(failure)) from failure
        return server.url

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    def pause(self) -> None:
        """Freeze it: connections stay, nothing is answered."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    async def stop(self) -> None:
        self.resume()
        if self._process is not None and self._server is not None:
            self._signal(self._server.stop_signal)
            await asyncio.to_thread(self._reap, self._process)
            self._process = None
        if self._folder is not None:
            await asyncio.to_thread(_clear, self._folder)
            self._folder = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _reap(self, process: "subprocess.Popen[bytes]") -> None:
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_TIMEOUT_S)
            return
        process.kill()
        process.wait()

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)


def remove_orphans() -> None:
    """The folders of processes that were killed, ours alone: nobody holds their locks."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            about = folder.stat()
            if about.st_uid != os.getuid() or about.st_mtime > time.time() - YOUNG_S:
                continue
            lock = _locked(folder)
            if lock is not None:
                _clear(folder)
                os.close(lock)


def _new_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    folder.chmod(0o711)  # PostgreSQL may run as another account, see config.embedded
    return folder


def _locked(folder: Path) -> int | None:
    """The open lock of a folder, None where somebody else holds it. It is let go with the process, however that ends."""
    lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock


def _clear(folder: Path) -> None:
    remove(folder / "data")
    shutil.rmtree(folder, ignore_errors=True)


def private_valkey() -> PrivateServer:
    return PrivateServer(lambda folder, port: valkey(folder, port, durable=False))


def private_postgresql() -> PrivateServer:
    """It takes whatever a run may ask for; whom it turns away is for the run's own limit to say."""
    connections = MAXIMUM_DATABASE_CONNECTIONS + OURS
    return PrivateServer(lambda folder, port: postgresql(folder, port, durable=False, connections=connections))
