"""The supervisor with small children: restarts, endings, leftovers, ports."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from config.processes import Forked, Roster, free_port, spawn
from config.supervisor import CannotStart, Child, Ending, Supervisor, listening_socket

FOREVER = [sys.executable, "-c", "import signal; signal.pause()"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()",
]


def until(condition: Callable[[], bool], timeout_s: float = 10) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    made = Supervisor(tmp_path / "var")
    made.claim()
    yield made
    made.stopping.set()
    made.stop()


def watched(supervisor: Supervisor) -> threading.Thread:
    thread = threading.Thread(target=supervisor.watch)
    thread.start()
    return thread


def pid(child: Child) -> int:
    assert child.process is not None
    return child.process.pid


def test_a_child_that_dies_is_started_again_and_this_is_said(
    supervisor: Supervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    child = supervisor.add(Child("the web server", lambda: spawn(FOREVER)))
    first = pid(child)
    thread = watched(supervisor)
    os.kill(first, signal.SIGKILL)
    until(lambda: pid(child) != first and child.running)
    supervisor.stopping.set()
    thread.join()
    assert "! the web server was ended by SIGKILL; starting it again in 0.5 s." in capsys.readouterr().out


def test_pauses_between_restarts_grow_to_a_bound_and_start_afresh_after_a_steady_run() -> None:
    child = Child("x", lambda: spawn(FOREVER))
    pauses = [child.pause_before_restart_s(now_s=1.0) for _ in range(8)]
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0, 10.0]
    assert child.pause_before_restart_s(now_s=100.0) == 0.25


def test_stopping_ends_a_child_that_ignores_the_polite_signal(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    supervisor.claim()
    output, into = os.pipe()
    child = supervisor.add(
        Child("deaf", lambda: spawn(STUBBORN, output=into), Ending(((signal.SIGTERM, 0.0), (signal.SIGQUIT, 0.2))))
    )
    os.close(into)
    with os.fdopen(output) as lines:
        assert lines.readline() == "deaf\n"
    started = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - started < 2
    assert not psutil.pid_exists(pid(child))


def test_servers_end_after_those_who_use_them(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path)
    supervisor.claim()
    log = tmp_path / "log"

    def noting(name: str) -> list[str]:
        code = (
            "import signal, sys\n"
            f"def leave(*_):\n open({str(log)!r}, 'a').write('{name} ')\n sys.exit()\n"
            f"signal.signal(signal.SIGTERM, leave)\nopen({str(tmp_path / name)!r}, 'w')\nsignal.pause()"
        )
        return [sys.executable, "-c", code]

    supervisor.add(Child("server", lambda: spawn(noting("server")), Ending(last=True)))
    supervisor.add(Child("web", lambda: spawn(noting("web"))))
    until(lambda: (tmp_path / "server").exists() and (tmp_path / "web").exists())
    supervisor.stop()
    assert log.read_text() == "web server "


def test_a_second_supervisor_may_not_have_the_same_folder(supervisor: Supervisor) -> None:
    with pytest.raises(CannotStart, match="already runs"):
        Supervisor(supervisor.folder).claim()


def test_what_a_killed_supervisor_left_behind_is_ended_by_the_next(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    left = subprocess.Popen(FOREVER, start_new_session=True)
    Roster(tmp_path / "processes.json").write([left.pid])
    supervisor = Supervisor(tmp_path)
    supervisor.claim()
    supervisor.stop()
    assert not psutil.pid_exists(left.pid)
    left.wait()
    assert "Ended 1 processes" in capsys.readouterr().out


def test_a_number_that_the_system_gave_to_another_process_is_left_alone(tmp_path: Path) -> None:
    stranger = subprocess.Popen(FOREVER, start_new_session=True)
    path = tmp_path / "processes.json"
    path.write_text(f'{{"{stranger.pid}": 1.0}}')
    assert Roster(path).reap() == []
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_a_forked_child_ends_with_what_its_function_returns() -> None:
    child = Forked(lambda: 7, name="seven")
    until(lambda: child.poll() is not None)
    assert child.returncode == 7


def test_a_taken_port_gives_the_next_free_one_aloud(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as occupant:
        taken = occupant.getsockname()[1]
        listener = listening_socket("127.0.0.1", taken)
        port = listener.getsockname()[1]
        listener.close()
    assert port > taken
    assert capsys.readouterr().out == f"Port {taken} is taken: using {port}.\n"


def test_when_every_port_is_taken_the_message_says_so() -> None:
    with socket.create_server(("127.0.0.1", free_port())) as occupant, pytest.raises(CannotStart, match="set PORT"):
        listening_socket("127.0.0.1", occupant.getsockname()[1], tries=1)
