"""Servers that someone else runs, named in REDIS_URL and DATABASE_URL: do they answer?"""

import contextlib
from urllib.parse import urlsplit

import psycopg
import redis

from config.supervisor import CannotStart


def check_answers(name: str, url: str) -> None:
    """Raise CannotStart, in one line and without the password, when the server behind the variable does not answer."""
    try:
        (_ping_valkey if name == "REDIS_URL" else _ping_postgresql)(url)
    except (redis.RedisError, psycopg.Error, OSError, ValueError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise CannotStart(
            f"{name} is set, but the server at {_without_password(url)} does not answer ({reason}). "
            f"Start it, correct {name}, or unset it to use the embedded server."
        ) from None


def _ping_valkey(url: str) -> None:
    with redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5) as client:
        client.ping()


def _ping_postgresql(url: str) -> None:
    psycopg.connect(url, connect_timeout=5).close()


def _without_password(url: str) -> str:
    with contextlib.suppress(ValueError):
        parts = urlsplit(url)
        return f"{parts.hostname or '?'}:{parts.port or 'its usual port'}"
    return "that address"
