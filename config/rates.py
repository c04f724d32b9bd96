"""How often somebody may do something, counted in the cache. Without a cache nobody is held back."""

from django.core.cache import cache


def within_rate(name: str, per_minute: int) -> bool:
    """Count one more of `name` (what is done, and by whom); False when that is too many in the minute that the first began."""
    key = f"rates:{name}"
    cache.add(key, 0, timeout=60)
    try:
        return cache.incr(key) <= per_minute
    except ValueError:  # the key ended between the two calls
        return True
