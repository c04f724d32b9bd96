"""Valkey and PostgreSQL of one live run: children on free ports, with their data in a temporary folder that goes with them.

They are private so that a lab may fill, pause and kill them: the site's own servers never notice.
"""

import asyncio
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from config.embedded import Embedded, EmbeddedServerError, postgresql, remove, valkey
from config.processes import free_port

START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 5.0


class ServerFailed(OSError):
    """A server of a live run did not come up; the message says why."""


class PrivateServer:
    """`await start()` gives its URL; `pause` and `resume` freeze it, `await stop()` ends it and removes its data."""

    def __init__(self, prepare: Callable[[Path, int], Embedded]) -> None:
        self._prepare = prepare
        self._server: Embedded | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None

    async def start(self) -> str:
        """Raises ServerFailed when it does not answer within 20 s."""
        folder = self._folder = await asyncio.to_thread(_new_folder)
        try:
            self._server = server = await asyncio.to_thread(self._prepare, folder / "data", free_port())
            self._process = process = server.start()  # in this thread: its child dies with the thread that made it
            await asyncio.to_thread(server.wait_until_it_answers, process, START_TIMEOUT_S)
        except (EmbeddedServerError, OSError) as failure:
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
            await asyncio.to_thread(self._clear, self._folder)
            self._folder = None

    def _reap(self, process: "subprocess.Popen[bytes]") -> None:
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_TIMEOUT_S)
            return
        process.kill()
        process.wait()

    def _clear(self, folder: Path) -> None:
        remove(folder / "data")
        shutil.rmtree(folder, ignore_errors=True)

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)


def _new_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="plimsoll-live-"))
    folder.chmod(0o711)  # PostgreSQL may run as another account, see config.embedded
    return folder


def private_valkey() -> PrivateServer:
    return PrivateServer(lambda folder, port: valkey(folder, port, durable=False))


def private_postgresql() -> PrivateServer:
    return PrivateServer(lambda folder, port: postgresql(folder, port, durable=False))
