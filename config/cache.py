"""The shared cache: it forgets when its server is away, and never takes a page down with it."""

from collections.abc import Callable
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

import redis.exceptions
import structlog
from django.core.cache.backends.redis import RedisCache, RedisCacheClient

P = ParamSpec("P")
R = TypeVar("R")

log = structlog.get_logger(__name__)


def forgiving(method: Callable[P, R], otherwise: Callable[P, R]) -> Callable[P, R]:
    """`method`, or `otherwise` of the same arguments when the server cannot be reached."""

    @wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(*args, **kwargs)
        except (redis.exceptions.RedisError, OSError) as error:
            log.warning("cache_away", operation=getattr(method, "__name__", "?"), error=str(error))
            return otherwise(*args, **kwargs)

    return call


@cache
def shared_client(servers: tuple[str, ...], **options: Any) -> RedisCacheClient:
    """One client, thus one pool of connections, for the whole process.

    Django makes a cache object for each context, and the pages' threads run each request in a context of its own:
    with a client per object every request would open a connection.
    """
    return RedisCacheClient(list(servers), **options)


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache with one client per process, for which an unreachable server is an empty one."""

    @property
    def _cache(self) -> RedisCacheClient:
        return shared_client(tuple(self._servers), **self._options)  # type: ignore[attr-defined]

    get = forgiving(RedisCache.get, lambda self, key, default=None, version=None: default)
    get_many = forgiving(RedisCache.get_many, lambda self, keys, version=None: {})
    add = forgiving(RedisCache.add, lambda self, *args, **kwargs: True)
    set = forgiving(RedisCache.set, lambda self, *args, **kwargs: None)
    set_many = forgiving(RedisCache.set_many, lambda self, data, *args, **kwargs: list(data))
    touch = forgiving(RedisCache.touch, lambda self, *args, **kwargs: False)
    delete = forgiving(RedisCache.delete, lambda self, *args, **kwargs: False)
    delete_many = forgiving(RedisCache.delete_many, lambda self, *args, **kwargs: None)
    has_key = forgiving(RedisCache.has_key, lambda self, *args, **kwargs: False)
    incr = forgiving(RedisCache.incr, lambda self, key, delta=1, version=None: delta)
    clear = forgiving(RedisCache.clear, lambda self: None)
