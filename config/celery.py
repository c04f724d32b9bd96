"""The workers' side: `celery -A config worker -Q simulation`, and `celery -A config beat`."""

import os
import signal
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import beat_init, worker_init, worker_process_init, worker_ready

from config.processes import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("plimsoll")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def refuse_half_an_environment(**_: Any) -> None:
    from config.checks import require_environment

    require_environment()


@worker_process_init.connect
def leave_with_the_worker(**_: Any) -> None:
    """A pool process whose worker was killed would wait for work that never comes."""
    die_with_parent(signal.SIGKILL)


@worker_ready.connect
def say_so(**_: Any) -> None:
    """Whoever started this worker and waits for it looks for READY_FILE."""
    if path := os.environ.get("READY_FILE"):
        Path(path).touch()
