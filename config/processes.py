"""Child processes that never outlive their parent, however it ends."""

import contextlib
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NoReturn, Protocol

import psutil

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(signal_number: int = signal.SIGKILL) -> None:
    """Ask the kernel to send `signal_number` to this process when its parent dies (Linux; elsewhere nothing happens).

    The wish is dropped when a process changes its user, so call it after that.
    """
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)


def name_process(name: str) -> None:
    """What `ps` and `top` show as the command's name (Linux; 15 characters)."""
    if _libc is not None:
        _libc.prctl(PR_SET_NAME, name.encode()[:15], 0, 0, 0)


def bound_to(parent: int, signal_number: int) -> Callable[[], None]:
    """What a child of `parent` runs before its program starts; a parent that died meanwhile takes it along."""

    def before_exec() -> None:
        die_with_parent(signal_number)
        if os.getppid() != parent:
            os._exit(1)

    return before_exec


def spawn(
    argv: Sequence[str | Path],
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    output: IO[bytes] | int | None = None,
    account: "Account | None" = None,
    pass_fds: Sequence[int] = (),
    signal_on_orphaning: int = signal.SIGKILL,
) -> "subprocess.Popen[bytes]":
    """Start `argv` in a session of its own: the terminal's Ctrl-C reaches its parent only, which decides the order."""
    return subprocess.Popen(
        [str(part) for part in argv],
        env=None if environment is None else dict(environment),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        pass_fds=pass_fds,
        start_new_session=True,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        preexec_fn=bound_to(os.getpid(), signal_on_orphaning),
    )


class Process(Protocol):
    """What a supervisor needs of a child; `subprocess.Popen` has it too."""

    pid: int
    returncode: int | None

    def poll(self) -> int | None: ...
    def send_signal(self, sig: int, /) -> None: ...


class Forked:
    """A copy of this process that runs one function and ends, with the exit status that the function returns.

    What this process has imported the copy need not import again. Fork only where no other thread runs and no connection
    is open: the copy would share them.
    """

    def __init__(self, function: Callable[[], int | None], *, name: str, close: Iterable[int] = ()) -> None:
        self.returncode: int | None = None
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            _run_in_child(function, name, parent, close)

    def poll(self) -> int | None:
        if self.returncode is None:
            with contextlib.suppress(ChildProcessError):
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                if pid:
                    self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def send_signal(self, sig: int, /) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)


def _run_in_child(function: Callable[[], int | None], name: str, parent: int, close: Iterable[int]) -> NoReturn:
    status = 1
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        os.setsid()
        bound_to(parent, signal.SIGKILL)()
        name_process(name)
        for descriptor in close:
            os.close(descriptor)
        status = function() or 0
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def signal_group(pid: int, signal_number: int) -> None:
    """Send a signal to a child and its children; one that is gone is fine."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal_number)


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the operating system, by number."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Roster:
    """The file that names the children of a supervisor, so that the next one can end what a killed one left behind."""

    path: Path

    def write(self, pids: Iterable[int]) -> None:
        rows = {str(pid): started for pid in pids if (started := _started(pid)) is not None}
        draft = self.path.with_suffix(".new")
        draft.write_text(json.dumps(rows))
        draft.replace(self.path)

    def clear(self) -> None:
        self.path.unlink(missing_ok=True)

    def reap(self, grace_s: float = 3.0) -> list[int]:
        """End the processes that are still those of the file, and return their numbers.

        A number is trusted only with its start time: the system gives numbers out again.
        """
        left = [psutil.Process(pid) for pid, started in self._read().items() if _started(pid) == started]
        for process in left:
            signal_group(process.pid, signal.SIGTERM)
        _, stubborn = psutil.wait_procs(left, timeout=grace_s)
        for process in stubborn:
            signal_group(process.pid, signal.SIGKILL)
        psutil.wait_procs(stubborn, timeout=grace_s)
        self.clear()
        return [process.pid for process in left]

    def _read(self) -> dict[int, float]:
        try:
            return {int(pid): float(started) for pid, started in json.loads(self.path.read_text()).items()}
        except (OSError, ValueError, AttributeError):
            return {}


def _started(pid: int) -> float | None:
    try:
        started: float = psutil.Process(pid).create_time()
    except psutil.Error:
        return None
    return started


def write_private(path: Path, text: str) -> None:
    """Write a file that only we can read, whole or not at all."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
