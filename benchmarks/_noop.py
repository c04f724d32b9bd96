"""The least that a task can do: say when it began."""

import time

from celery import shared_task

from labs.streams import store

KEY = "bench:noop"


@shared_task(name="benchmarks.noop")
def noop() -> None:
    began_s = time.monotonic()  # one clock for all processes of the machine
    store().lpush(KEY, repr(began_s))
