"""The workers' side: `celery -A config worker -Q simulation`, and `celery -A config beat`."""

import os
import signal
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import beat_init, task_postrun, task_prerun, worker_init, worker_process_init, worker_ready
from django.db import close_old_connections

from config.processes import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("plimsoll")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.update(CELERY_DB_REUSE_MAX=10**9)  # Celery would close the database after each task; see `keep_good_connections`


@worker_init.connect
@beat_init.connect
def refuse_half_an_environment(**_: Any) -> None:
    from config.checks import require_environment

    require_environment()


@task_prerun.connect
@task_postrun.connect
def keep_good_connections(**_: Any) -> None:
    """As around a page: a connection is kept for the next task, unless it is broken or too old. Opening one takes 5 ms."""
    close_old_connections()


@worker_process_init.connect
def leave_with_the_worker(**_: Any) -> None:
    """A pool process whose worker was killed would wait for work that never comes."""
    die_with_parent(signal.SIGKILL)


@worker_ready.connect
def say_so(**_: Any) -> None:
    """Whoever started this worker and waits for it looks for READY_FILE."""
    if path := os.environ.get("READY_FILE"):
        Path(path).touch()
