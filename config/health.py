"""`/livez`: this process answers. `/readyz`: what it needs answers too, and the database has every migration."""

from collections.abc import Callable

import redis
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

_migrated = False


@require_safe
@never_cache
def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse("alive\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when every check says ok, else 503; the body says which one fails and why."""
    found = {name: _verdict(check) for name, check in CHECKS.items()}
    status = 200 if all(verdict == "ok" for verdict in found.values()) else 503
    return JsonResponse(found, status=status)


def _verdict(check: Callable[[], None]) -> str:
    try:
        check()
    except Exception as error:  # whatever is wrong, the answer is "not ready", with the kind of error
        return f"{type(error).__name__}: {error}" if settings.DEBUG else type(error).__name__
    return "ok"


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _valkey() -> None:
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=1) as client:
        client.ping()


def _migrations() -> None:
    global _migrated
    if _migrated:  # a database does not lose migrations while a process lives: ask until it is so, then no more
        return
    executor = MigrationExecutor(connection)
    if plan := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise RuntimeError(f"{len(plan)} migrations are not applied")
    _migrated = True


CHECKS: dict[str, Callable[[], None]] = {"database": _database, "valkey": _valkey, "migrations": _migrations}
