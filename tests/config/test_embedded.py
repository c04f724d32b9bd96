"""The embedded servers: what is kept, who may come in, what an interrupted start leaves."""

import contextlib
import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from config.embedded import Embedded, EmbeddedServerError, postgresql, remove, valkey
from config.processes import free_port


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="plimsoll-embedded-"))
    made.chmod(0o711)
    yield made
    remove(made)


@contextlib.contextmanager
def running(server: Embedded) -> Iterator[Embedded]:
    process = server.start()
    try:
        server.wait_until_it_answers(process, timeout_s=30)
        yield server
    finally:
        process.send_signal(server.stop_signal)
        process.wait(30)


def test_valkey_keeps_what_it_has_been_told_over_a_restart(folder: Path) -> None:
    with running(valkey(folder, free_port())) as server, redis.Redis.from_url(server.url) as client:
        client.set("name", "value")
    with running(valkey(folder, free_port())) as server, redis.Redis.from_url(server.url) as client:
        assert client.get("name") == b"value"


def test_valkey_takes_nobody_without_the_password(folder: Path) -> None:
    with running(valkey(folder, free_port())) as server:
        stranger = redis.Redis.from_url(f"redis://127.0.0.1:{server.url.rsplit(':', 1)[1]}")
        with stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()


def test_postgresql_keeps_its_rows_over_a_kill(folder: Path) -> None:
    server = postgresql(folder, free_port())
    process = server.start()
    server.wait_until_it_answers(process, timeout_s=30)
    with psycopg.connect(server.url) as database:
        database.execute("CREATE TABLE kept AS SELECT 1 AS n")
    process.kill()
    process.wait()
    with running(postgresql(folder, free_port())) as again, psycopg.connect(again.url) as database:
        assert database.execute("SELECT n FROM kept").fetchone() == (1,)


def test_postgresql_takes_nobody_without_the_password(folder: Path) -> None:
    with running(postgresql(folder, free_port(), durable=False)) as server:
        user, address = server.url.removeprefix("postgres://").split("@")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(f"postgres://{user.split(':')[0]}:wrong@{address}")


def test_passwords_are_for_their_owner_only(folder: Path) -> None:
    valkey(folder, free_port())
    assert {stat.S_IMODE((folder / name).stat().st_mode) for name in ("password", "valkey.conf")} == {0o600}


def test_a_half_made_data_folder_is_made_again(folder: Path) -> None:
    (folder / "data.new").mkdir()
    (folder / "data.new/half").touch()
    with running(postgresql(folder, free_port(), durable=False)):
        assert not (folder / "data.new").exists()


def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    port = free_port()
    first, second = valkey(folder / "a", port), valkey(folder / "b", port)
    with running(first):
        process = second.start()
        with pytest.raises(EmbeddedServerError, match="Valkey stopped while starting"):
            second.wait_until_it_answers(process, timeout_s=30)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to give its rights away")
def test_postgresql_of_root_runs_as_someone_else_also_from_a_closed_folder(folder: Path) -> None:
    folder.chmod(0o700)
    server = postgresql(folder, free_port(), durable=False)
    with running(server):
        pid = Path((folder / "elsewhere").read_text().strip(), "data/postmaster.pid").read_text().split()[0]
        assert Path(f"/proc/{pid}").stat().st_uid != 0
    elsewhere = Path((folder / "elsewhere").read_text().strip())
    remove(folder)
    assert not elsewhere.exists()


def test_a_server_ends_with_the_process_that_started_it(folder: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from config.embedded import valkey\n"
        f"process = valkey(Path({str(folder)!r}), {free_port()}, durable=False).start()\n"
        "print(process.pid, flush=True); time.sleep(60)"
    )
    root = Path(__file__).resolve().parent.parent.parent
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=root, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(pid).wait(10)
    assert not psutil.pid_exists(pid)
