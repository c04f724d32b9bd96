"""Handing a task to the broker while somebody waits for a page: at once, or a refusal within seconds.

Celery's own way waits for a broker that is away, for ever. Here a connection of the process's pool is given little time to
open and to answer. One that died since its last use is opened anew once, so a broker that was restarted goes unnoticed. An
answer that comes too late may still have been a delivery: send only tasks that may be done twice.
"""

from functools import cache
from typing import Any

from celery import Task, current_app
from kombu import Connection, pools
from kombu.exceptions import LimitExceeded, OperationalError

CONNECT_WITHIN_S = 1
ANSWER_WITHIN_S = 1
CONNECTION_FREE_WITHIN_S = 2
ONCE_MORE = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
BRIEFLY = {**ONCE_MORE, "socket_connect_timeout": CONNECT_WITHIN_S, "socket_timeout": ANSWER_WITHIN_S}


class BrokerAway(Exception):
    """The broker did not take the task in time."""


@cache
def _broker(url: str) -> Connection:
    """Never opened itself: the pools' connections are made like it."""
    return current_app.connection_for_write(url, transport_options=BRIEFLY)


def send(task: "Task[Any, Any]", *args: Any, **options: Any) -> None:
    """Queue `task` with its arguments; `options` are those of `apply_async`. Raises `BrokerAway`."""
    pool = pools.producers[_broker(current_app.conf.broker_url)]
    try:
        with pool.acquire(block=True, timeout=CONNECTION_FREE_WITHIN_S) as producer:
            task.apply_async(args, producer=producer, retry=True, retry_policy=ONCE_MORE, **options)
    except (OperationalError, LimitExceeded, OSError) as error:
        raise BrokerAway(str(error)) from error
