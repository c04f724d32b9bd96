"""`manage.py dev`, run for real in a data folder of its own."""

import http.client
import http.cookiejar
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from config.embedded import remove
from config.processes import free_port
from tests.site_material import one_lesson

ROOT = Path(__file__).resolve().parent.parent.parent
OF_THE_TESTS = {"DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "SECRET_KEY", "DEBUG", "LOG_LEVEL", "EMAIL_URL"}


@dataclass(slots=True)
class Dev:
    """A development site on a folder and port; `start` may be called again after it ended."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def log(self) -> Path:
        return self.folder / "output"

    def start(self, **environment: str) -> "subprocess.Popen[bytes]":
        kept = {name: value for name, value in os.environ.items() if name not in OF_THE_TESTS}
        here = {"PLIMSOLL_VAR": str(self.folder / "var"), "MATERIAL_DIR": str(self.folder / "material")}
        settings = {**here, "PORT": str(self.port), **environment}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "dev"], cwd=ROOT, env={**kept, **settings}, stdout=log, stderr=log
            )
        return self.process

    def run(self, **environment: str) -> int:
        """Start it and wait for it to end by itself."""
        return self.start(**environment).wait(60)

    def wait_until_it_runs(self) -> str:
        """Returns the address that it prints."""
        deadline = time.monotonic() + 90
        while "Plimsoll runs at " not in self.output():
            assert self.process is not None
            assert self.process.poll() is None, self.output()
            assert time.monotonic() < deadline, self.output()
            time.sleep(0.02)
        return self.output().split("Plimsoll runs at ")[1].split("/ ")[0]

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def family(self) -> list[psutil.Process]:
        assert self.process is not None
        return psutil.Process(self.process.pid).children(recursive=True)

    def accounts(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.folder / "var/accounts.json").read_text())
        return found

    def addresses(self) -> dict[str, str]:
        found: dict[str, str] = json.loads((self.folder / "var/servers.json").read_text())
        return found


def gone(processes: list[psutil.Process], within_s: float) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=within_s)
    return not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
def dev() -> Iterator[Dev]:
    folder = Path(tempfile.mkdtemp(prefix="plimsoll-dev-"))
    folder.chmod(0o711)
    one_lesson(folder / "material")
    site = Dev(folder)
    yield site
    if site.process and site.process.poll() is None:
        site.process.terminate()
        site.process.wait(10)
    remove(folder / "var/postgresql")
    shutil.rmtree(folder)


def slow_request(port: int) -> socket.socket:
    """A connection that never ends: its request says more than it sends."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf")
    return connection


def open_stream(address: str) -> "http.client.HTTPResponse":
    """The event stream of a run that goes on for two minutes in real time: who waits for its end waits too long."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    browser.open(f"{address}/labs/circuit-breaker/").close()
    token = next(cookie.value for cookie in jar if cookie.name == "csrftoken")
    headers = {"X-CSRFToken": token or "", "Content-Type": "application/json"}
    order = json.dumps({"world": "live", "duration_s": 120, "arms": ["windowed"]}).encode()
    request = urllib.request.Request(f"{address}/labs/circuit-breaker/runs/", data=order, headers=headers)
    with browser.open(request) as reply:
        stream: http.client.HTTPResponse = browser.open(address + json.load(reply)["events_url"])
    return stream


@pytest.mark.slow
def test_a_site_starts_survives_a_kill_keeps_its_data_and_leaves_no_orphan(dev: Dev) -> None:
    dev.start()
    address = dev.wait_until_it_runs()
    assert address == f"http://localhost:{dev.port}"
    with urllib.request.urlopen(f"{address}/readyz") as ready:
        assert ready.status == 200
    accounts = dev.accounts()
    assert list(accounts) == ["instructor", "learner", "candidate"]
    assert all(password in dev.output() for password in accounts.values())
    assert (dev.folder / "var/accounts.json").stat().st_mode & 0o777 == 0o600
    keep_something(dev)

    family = dev.family()
    assert len(family) >= 8
    assert dev.process is not None
    dev.process.kill()
    dev.process.wait()
    assert gone(family, within_s=5), "processes outlived their killed supervisor"

    dev.start()
    address = dev.wait_until_it_runs()
    assert dev.accounts() == accounts
    assert kept_something(dev)

    with slow_request(dev.port), open_stream(address) as stream:
        while not stream.readline().startswith(b"data:"):
            assert not stream.closed
        family = dev.family()
        asked = time.monotonic()
        dev.process.terminate()
        assert dev.process.wait(10) == 0
    assert time.monotonic() - asked < 5
    assert gone(family, within_s=0), "the site left processes behind"
    assert not (dev.folder / "var/servers.json").exists()


def keep_something(dev: Dev) -> None:
    with psycopg.connect(dev.addresses()["DATABASE_URL"], autocommit=True) as database:
        database.execute("UPDATE accounts_user SET first_name = 'Kept' WHERE username = 'learner'")
    with redis.Redis.from_url(dev.addresses()["REDIS_URL"]) as client:
        client.set("kept", "yes")
        client.execute_command("WAITAOF", 1, 0, 2000)


def kept_something(dev: Dev) -> bool:
    query = "SELECT first_name FROM accounts_user WHERE username = 'learner'"
    with psycopg.connect(dev.addresses()["DATABASE_URL"]) as database:
        row = database.execute(query).fetchone()
    with redis.Redis.from_url(dev.addresses()["REDIS_URL"]) as client:
        return row == ("Kept",) and client.get("kept") == b"yes"


@pytest.mark.slow
def test_a_site_in_a_folder_that_nobody_else_may_enter_says_which_part_died_and_starts_it_again(dev: Dev) -> None:
    dev.folder.chmod(0o700)
    dev.start()
    address = dev.wait_until_it_runs()
    assert answers(f"{address}/readyz")
    if os.geteuid() == 0:  # only root's own folders are closed to the account of PostgreSQL
        assert (dev.folder / "var/postgresql/elsewhere").exists()
    for name, said in (("plimsoll-web", "the web server"), ("valkey-server", "Valkey"), ("postgres", "PostgreSQL")):
        assert dev.process is not None
        child = next(each for each in psutil.Process(dev.process.pid).children() if each.name() == name)
        child.kill()
        until(lambda said=said: f"! {said} was ended by SIGKILL; starting it again" in dev.output())  # type: ignore[misc]
    until(lambda: answers(f"{address}/readyz"))


def until(condition: Callable[[], bool], timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.05)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("DATABASE_URL", "postgres://someone:secret@127.0.0.1:1/nowhere"),
        ("REDIS_URL", "redis://:secret@127.0.0.1:1/0"),
        ("REDIS_URL", "not an address"),
    ],
)
def test_a_given_server_that_does_not_answer_is_one_clear_line(dev: Dev, name: str, url: str) -> None:
    assert dev.run(**{name: url}) == 1
    lines = dev.output().strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(f"Plimsoll cannot start: {name} is set, but the server at ")
    assert "secret" not in lines[0]
