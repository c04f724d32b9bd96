"""The tests' own servers: what one pytest process does in Valkey, no other sees."""

import os

from django.conf import settings

from tests.servers import DATABASES_PER_PROCESS


def test_each_pytest_process_has_valkey_databases_of_its_own() -> None:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    databases = [int(url.rpartition("/")[2]) for url in (settings.REDIS_URL, settings.CELERY_BROKER_URL)]
    assert databases == [DATABASES_PER_PROCESS * worker, DATABASES_PER_PROCESS * worker + 1]
