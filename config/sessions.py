"""Sessions in the database with the cache in front: the cache may come back empty, and nobody is logged out.

A session's key comes from a cookie, so it may be anything, also what no database takes: what Django cannot have given out
is no key.
"""

from typing import Any

from django.contrib.sessions.backends import cached_db
from django.contrib.sessions.backends.base import VALID_KEY_CHARS

KEY_CHARACTERS = frozenset(VALID_KEY_CHARS)
LONGEST_KEY = 40
"""Characters that the database's column holds; Django makes 32."""


class SessionStore(cached_db.SessionStore):
    """Django's, for which a key of foreign characters (NUL, which PostgreSQL refuses) is none."""

    def _validate_session_key(self, key: Any) -> bool:
        return bool(super()._validate_session_key(key)) and len(key) <= LONGEST_KEY and KEY_CHARACTERS.issuperset(key)  # type: ignore[misc]
