"""Child processes that belong together: watched, started again when they end, ended together."""

import contextlib
import errno
import fcntl
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from types import FrameType
from typing import IO

from config.embedded import Embedded
from config.processes import Process, Roster, signal_group

SITE_ENDS_WITHIN_S = 2.6  # then whoever still runs is killed
SERVERS_END_WITHIN_S = 1.1  # last, to write their data out: 3.7 s in the worst case, and five are promised
STEADY_AFTER_S = 30.0
LONGEST_PAUSE_S = 10.0


class CannotStart(Exception):
    """Why the site does not start, in one line for the person who started it."""


class StopRequested(Exception):
    """Ctrl-C or SIGTERM came while something was waited for."""


def say(line: str) -> None:
    with contextlib.suppress(OSError):  # the terminal may be gone, the children still have to be ended
        print(line, flush=True)


@dataclass(frozen=True, slots=True)
class Ending:
    """How to ask a process to end: each signal so many seconds after the first."""

    signals: tuple[tuple[int, float], ...] = ((signal.SIGTERM, 0.0),)
    last: bool = False  # the servers, which the others need until they are gone


@dataclass(slots=True)
class Child:
    """One supervised process and how to start it again."""

    name: str
    start: Callable[[], Process]
    ending: Ending = field(default_factory=Ending)
    process: Process | None = None
    started_at_s: float = 0.0
    quick_ends: int = 0
    restart_at_s: float | None = None

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def launch(self, now_s: float) -> None:
        self.process = self.start()
        self.started_at_s = now_s
        self.restart_at_s = None

    def pause_before_restart_s(self, now_s: float) -> float:
        """Doubles with each quick end, up to LONGEST_PAUSE_S; a child that ran for a while starts afresh."""
        steady = now_s - self.started_at_s >= STEADY_AFTER_S
        self.quick_ends = 0 if steady else self.quick_ends + 1
        return min(0.25 * 2.0**self.quick_ends, LONGEST_PAUSE_S)

    def how_it_ended(self) -> str:
        status = self.process.returncode if self.process else None
        if status is not None and status < 0:
            return f"was ended by {signal.Signals(-status).name}"
        return f"ended with exit status {status}"


@dataclass(slots=True)
class Supervisor:
    """Keeps the children of one site; `folder` is its data folder, which two sites cannot share."""

    folder: Path
    children: list[Child] = field(default_factory=list)
    stopping: Event = field(default_factory=Event)
    _lock: IO[str] | None = None

    @property
    def descriptors(self) -> list[int]:
        """What a forked child must close: a lock that it kept open would outlive this process."""
        return [self._lock.fileno()] if self._lock else []

    @property
    def roster(self) -> Roster:
        return Roster(self.folder / "processes.json")

    def claim(self) -> None:
        """Take the data folder for this process, ending what a killed one left there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = (self.folder / "lock").open("a+")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._release()
            raise CannotStart(
                f"A site already runs on {self.folder}: stop it, or set PLIMSOLL_VAR to another folder."
            ) from None
        if left := self.roster.reap():
            say(f"Ended {len(left)} processes that an earlier site had left behind.")

    def listen_to_signals(self) -> None:
        def stop(number: int, frame: FrameType | None) -> None:
            self.stopping.set()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, stop)

    def add(self, child: Child) -> Child:
        self.children.append(child)
        self._launch(child)
        return child

    def add_server(self, server: Embedded) -> Child:
        return self.add(Child(server.name, server.start, Ending(((server.stop_signal, 0.0),), last=True)))

    def wait(self, condition: Callable[[], bool], *, of: Child, timeout_s: float, trouble: str) -> None:
        """Wait until `condition` holds; `trouble` says what it means when `of` ends before, or time is up."""
        deadline = time.monotonic() + timeout_s
        slow_after = time.monotonic() + 5
        while not condition():
            self.pause(0.03)
            if not of.running and of.process is not None:
                raise CannotStart(f"{of.name} {of.how_it_ended()}. {trouble}")
            if time.monotonic() > deadline:
                raise CannotStart(f"{of.name} does not answer after {timeout_s:.0f} s. {trouble}")
            if time.monotonic() > slow_after:
                say(f"  still waiting for {of.name} ...")
                slow_after += 5

    def pause(self, seconds: float) -> None:
        if self.stopping.wait(seconds):
            raise StopRequested

    def complete(self, step: Child) -> None:
        """Run a step to its end; raise CannotStart when it fails."""
        self.add(step)
        while step.running:
            self.pause(0.02)
        self.children.remove(step)
        if step.process and step.process.returncode:
            raise CannotStart(f"{step.name} failed, see above.")

    def watch(self) -> None:
        """Until a signal comes: start again whatever ends, never silently."""
        while not self.stopping.wait(0.2):
            now_s = time.monotonic()
            for child in self.children:
                self._keep(child, now_s)

    def _keep(self, child: Child, now_s: float) -> None:
        if child.running:
            return
        if child.restart_at_s is None:
            pause_s = child.pause_before_restart_s(now_s)
            child.restart_at_s = now_s + pause_s
            say(f"! {child.name} {child.how_it_ended()}; starting it again in {pause_s:.1f} s.")
            if child.process:
                signal_group(child.process.pid, signal.SIGKILL)  # what it may have left of its own children
        elif now_s >= child.restart_at_s:
            self._launch(child)

    def _launch(self, child: Child) -> None:
        child.launch(time.monotonic())
        self.roster.write(each.process.pid for each in self.children if each.process and each.running)

    def stop(self) -> None:
        """End everything, the servers last, within five seconds."""
        _end([child for child in self.children if not child.ending.last], SITE_ENDS_WITHIN_S)
        _end([child for child in self.children if child.ending.last], SERVERS_END_WITHIN_S)
        self.roster.clear()
        self._release()

    def _release(self) -> None:
        if self._lock:
            self._lock.close()
            self._lock = None


def _end(children: list[Child], within_s: float) -> None:
    """Send each child its signals in time; kill it, and what it leaves of its own children, when time is up."""
    started_s = time.monotonic()
    due = [(after_s, number, child) for child in children for number, after_s in child.ending.signals]
    while any(child.running for child in children) and (elapsed_s := time.monotonic() - started_s) < within_s:
        for _, number, child in [each for each in due if each[0] <= elapsed_s]:
            if child.process and child.running:
                child.process.send_signal(number)
        due = [each for each in due if each[0] > elapsed_s]
        time.sleep(0.02)
    for child in children:
        if child.process:
            signal_group(child.process.pid, signal.SIGKILL)
            while child.running:
                time.sleep(0.01)


def listening_socket(host: str, port: int, tries: int = 50) -> socket.socket:
    """A socket on `port`, or aloud on the next free one. It stays with the supervisor, so connections that come while
    the web server restarts wait instead of being refused.
    """
    for candidate in range(port, min(port + tries, 65536)):
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
            listener.listen(4096)
        except PermissionError:
            raise CannotStart(f"Port {candidate} may not be used by this account: set PORT to one above 1023.") from None
        except OSError as error:
            listener.close()
            if error.errno != errno.EADDRINUSE:
                raise CannotStart(f"Cannot listen on {host}:{candidate}: {error.strerror}.") from None
            continue
        if candidate != port:
            say(f"Port {port} is taken: using {candidate}.")
        return listener
    raise CannotStart(f"Ports {port} to {port + tries - 1} are all taken: set PORT to another one.")
