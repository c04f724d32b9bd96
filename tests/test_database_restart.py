"""PostgreSQL restarts under a running web process: kept connections are dead, and nobody sees an error for that."""

import time

import httpx
import pytest
from django.db import connection

from labs.models import Run
from tests.site import Children

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ORDER = {"duration_s": 20.0, "seed": 3, "arms": ["windowed"]}


def end_all_other_connections() -> int:
    """As a restart does, for this database alone: the server ends every backend. How many there were."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def test_the_first_request_after_a_restart_is_answered(children: Children) -> None:
    """One thread makes all pages, so the connection that died is the one that the next request finds."""
    web = children.web(DATABASE_CONN_MAX_AGE="300", WEB_THREADS="1")
    with httpx.Client(base_url=web.url, timeout=20) as browser:
        browser.get("/labs/circuit-breaker/")
        headers = {"X-CSRFToken": browser.cookies["csrftoken"]}
        assert end_all_other_connections() >= 1
        assert browser.get("/decisions/").status_code == 200
        assert end_all_other_connections() >= 1
        assert browser.post("/labs/circuit-breaker/runs/", json=ORDER, headers=headers).status_code == 201
        assert end_all_other_connections() >= 1
        assert browser.post("/labs/circuit-breaker/runs/", json=ORDER, headers=headers).status_code == 201
        assert end_all_other_connections() >= 1
        assert browser.get("/readyz").json()["database"] == "ok"
    assert Run.objects.count() == 2


def finished(count: int, within_s: float = 20.0) -> bool:
    """Whether so many runs have finished before the time is over."""
    deadline = time.monotonic() + within_s
    while Run.objects.filter(status="finished").count() < count:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_a_worker_goes_on_with_the_next_run_after_a_restart(children: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps its connection from task to task, and finds it dead at the next one."""
    monkeypatch.setenv("DATABASE_CONN_MAX_AGE", "300")
    web = children.web()
    children.worker("simulation")
    with httpx.Client(base_url=web.url, timeout=20) as browser:
        browser.get("/labs/circuit-breaker/")
        headers = {"X-CSRFToken": browser.cookies["csrftoken"]}
        for count in (1, 2, 3):
            assert browser.post("/labs/circuit-breaker/runs/", json=ORDER, headers=headers).status_code == 201
            assert finished(count)
            assert end_all_other_connections() >= 2
    assert set(Run.objects.values_list("status", "attempts")) == {("finished", 1)}
