"""The cache and the sessions when Valkey is away or comes back empty."""

import pytest
import redis
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.test import Client

from accounts.models import User
from config.cache import ForgivingRedisCache, shared_client


@pytest.fixture
def away() -> BaseCache:
    return ForgivingRedisCache("redis://127.0.0.1:1/0", {"OPTIONS": {"socket_connect_timeout": 0.2}})


def test_a_cache_whose_server_is_away_is_empty_and_takes_nothing_down(away: BaseCache) -> None:
    away.set("name", 1)
    assert away.get("name") is None
    assert away.get("name", "default") == "default"
    assert away.get_many(["name"]) == {}
    assert away.add("name", 1) is True
    assert away.incr("name", 3) == 3
    assert away.has_key("name") is False
    assert away.delete("name") is False
    assert away.get_or_set("name", lambda: "computed") == "computed"
    away.set_many({"name": 1})
    away.clear()


def test_all_cache_objects_of_a_process_share_one_client() -> None:
    servers = ("redis://127.0.0.1:1/0",)
    assert shared_client(servers) is shared_client(servers)


def test_the_cache_keeps_what_it_is_given() -> None:
    caches["default"].set("name", {"a": 1}, timeout=60)
    assert caches["default"].get("name") == {"a": 1}
    assert caches["default"].incr("counter", 1) if caches["default"].add("counter", 0) else False


def test_nobody_is_logged_out_when_valkey_comes_back_empty(client: Client, db: None, valkey: "redis.Redis") -> None:
    client.force_login(User.objects.create_user("someone", "someone@example.org"))
    valkey.flushdb()
    client.get("/accounts/login/")
    assert "_auth_user_id" in client.session


def test_two_accounts_cannot_share_an_address_in_another_case(db: None) -> None:
    from django.db import IntegrityError, transaction

    User.objects.create_user("one", "same@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("two", "SAME@example.org")
