"""Servers, workers and web processes of the benchmarks' own, as in production but for HTTPS; one set for all of them."""

import atexit
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers import TestServers, use

if TYPE_CHECKING:
    from tests.site import Child, Children

LIMITS = '{"runs_at_once": 100000, "runs_per_minute": 10000000, "runs_per_minute_per_address": 10000000}'


@cache
def prepared() -> Path:
    """Start the servers, set Django up and make the tables, once; gives back a folder for whatever is written."""
    servers = TestServers()
    atexit.register(servers.close)
    use(servers.postgresql.url, servers.valkey.url, servers.folder, 0)
    os.environ.update(
        DJANGO_SETTINGS_MODULE="benchmarks._settings",
        DEBUG="false",
        HTTPS="false",
        ALLOWED_HOSTS="127.0.0.1",
        DATABASE_CONN_MAX_AGE="300",
        LOG_LEVEL="ERROR",
        SHARED_PAGES_S="5",
        LABS_LIMITS=LIMITS,
        EMAIL_VERIFICATION="none",
    )
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    return Path(tempfile.mkdtemp(dir=servers.folder))


def children() -> "Children":
    """Starts web processes and workers; `close()` ends them."""
    folder = prepared()
    from tests.site import Children

    return Children(Path(tempfile.mkdtemp(dir=folder)))


def worker(started: "Children", queues: str, *, include: str, concurrency: int = 1) -> "Child":
    """A prefork worker that also knows the tasks of the module `include`."""
    ready = started.folder / f"ready{len(started.started)}"
    name = f"bench{len(started.started)}@{os.getpid()}"
    command = ["celery", "-A", "config", "worker", "-I", include, "-Q", queues, "-n", name, "-c", str(concurrency)]
    child = started._start([*command, "--without-mingle", "--without-gossip"], {"READY_FILE": str(ready)})
    started._wait(child, ready.exists)
    return child
