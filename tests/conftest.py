"""What all tests share: servers of their own, the site on a real port, workers, a browser.

| fixture | gives |
|---|---|
| `db`, `transactional_db` | pytest-django's, on the embedded PostgreSQL, a database per pytest process |
| `valkey` | a client of the embedded Valkey; its database is emptied after every test |
| `site` | the address of the whole site, served by uvicorn in a thread (rows are committed and truncated) |
| `worker` | a running Celery worker on all queues, shared by the session's tests |
| `children` | starts workers and web processes that a test may kill |
| `page` | pytest-playwright's, on the system's Chromium |
"""

import asyncio
import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection

from tests.servers import TestServers, use
from tests.site import Child, Children, SharedWorker, empty_valkey, serving

CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
CHROMIUM_FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
CI = os.environ.get("CI", "").lower() in {"1", "true"}
QUICK_HASHER = "django.contrib.auth.hashers.MD5PasswordHasher"
"""Argon2 takes 0.2 s of a core and 100 MB, and half of the tests make somebody; `test_trust` looks at the site's own."""
servers_key = pytest.StashKey[TestServers]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start the servers in the first process; xdist's workers inherit their addresses from it."""
    if not hasattr(config, "workerinput"):
        servers = config.stash[servers_key] = TestServers()
        os.environ["TESTS_DATABASE_URL"] = servers.postgresql.url
        os.environ["TESTS_VALKEY_URL"] = servers.valkey.url
        os.environ["TESTS_FOLDER"] = str(servers.folder)
    use(
        os.environ["TESTS_DATABASE_URL"],
        os.environ["TESTS_VALKEY_URL"],
        Path(os.environ["TESTS_FOLDER"]),
        int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")),
    )
    gc.set_threshold(100_000, 50, 100)  # millions of small objects come and go: an eighth less time
    # This reads the settings now: pytest-django sets Django up after this hook if they are there.
    settings.PASSWORD_HASHERS = [QUICK_HASHER, *settings.PASSWORD_HASHERS]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """A worker that inherits the settings' name reads them before `use` is called there, and shares the first one's Valkey."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    if servers := config.stash.get(servers_key, None):
        servers.close()


def drives_a_browser(item: pytest.Item) -> bool:
    return not {"page", "browser", "context"}.isdisjoint(getattr(item, "fixturenames", ()))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if drives_a_browser(item):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(autouse=True)
def _no_loop_left_by_a_browser(request: pytest.FixtureRequest) -> Iterator[None]:
    """Playwright's loop stays "running" in the tests' thread until the session ends; other tests start their own."""
    left = None if drives_a_browser(request.node) else asyncio._get_running_loop()
    if left is not None:
        asyncio._set_running_loop(None)
    yield
    if left is not None:
        asyncio._set_running_loop(left)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if CHROMIUM is None:
        terminalreporter.section("NO CHROMIUM: THE BROWSER TESTS DID NOT RUN", red=True, bold=True)
        terminalreporter.line("Install it (Debian: apt-get install chromium) and run them again.")


@pytest.fixture(autouse=True)
def _empty_valkey_afterwards() -> Iterator[None]:
    yield
    empty_valkey()


@pytest.fixture
def valkey() -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        yield client


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_test_environment: None, django_db_blocker: Any
) -> Iterator[None]:
    """pytest-django asks for this before it makes a database: each process copies a migrated one, and empties it quickly."""
    from tests.database import emptied_quickly, migrated_once  # not before Django is set up

    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = migrated_once(Path(os.environ["TESTS_FOLDER"]))
    with emptied_quickly():
        yield


@pytest.fixture(scope="session")
def _nobody_left(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Before the database is dropped: end what a process killed a moment ago has still open there."""
    yield
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        connection.close()


@pytest.fixture(scope="session")
def _served(_nobody_left: None) -> Iterator[str]:
    with serving() as address:
        yield address


@pytest.fixture
def site(transactional_db: None, _served: str) -> str:
    """The address of the running site, without a slash at the end."""
    return _served


@pytest.fixture(scope="session")
def _session_worker(_nobody_left: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedWorker]:
    shared = SharedWorker(tmp_path_factory.mktemp("worker"))
    yield shared
    shared.close()


@pytest.fixture
def worker(transactional_db: None, _session_worker: SharedWorker) -> Child:
    """A running Celery worker on all queues. To kill one, start it with `children`."""
    return _session_worker.child()


@pytest.fixture
def children(transactional_db: None, tmp_path: Path, _session_worker: SharedWorker) -> Iterator[Children]:
    """Starts web processes and workers that end with the test. The shared worker, which would take their tasks, ends first."""
    _session_worker.close()
    started = Children(tmp_path)
    yield started
    started.close()


@pytest.fixture(scope="session")
def base_url() -> None:
    """Tests name whole addresses (Playwright's plugin asks for this; its own default is out of date for pytest 9)."""


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The system's Chromium. Without one the tests that ask for a page are skipped, under CI they fail."""
    if CHROMIUM is None:
        no_browser = "no Chromium on the PATH: this browser test did not run"
        pytest.fail(no_browser) if CI else pytest.skip(no_browser)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in the thread of the tests
    return {"executable_path": CHROMIUM, "args": list(CHROMIUM_FLAGS)}
