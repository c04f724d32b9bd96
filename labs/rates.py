"""How fast runs may be asked for: GCRA in the store, one round trip for all of the asker's limits."""

from functools import cache
from typing import Any

from labs import streams
from labs.errors import LimitReached, StoreAway
from labs.limits import limits

SCRIPT = """
-- KEYS: one per limit; ARGV: for each key, how many a minute. 0, or the number of the limit that is reached.
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local arrivals = {}
for i, key in ipairs(KEYS) do
  local step = 60 / tonumber(ARGV[i])
  local due = math.max(now, tonumber(redis.call('GET', key) or 0))
  if due + step > now + 60 then return i end
  arrivals[i] = due + step
end
for i, key in ipairs(KEYS) do
  redis.call('SET', key, string.format('%.6f', arrivals[i]), 'PX', math.ceil((arrivals[i] - now) * 1000))
end
return 0
"""


@cache
def _gcra() -> Any:
    return streams.store().register_script(SCRIPT)


def take_turn(*, visitor: str, address: str) -> None:
    """Count one run against the visitor and the network address. Raises LimitReached or StoreAway; a refusal counts nothing."""
    names, allowed = streams.keys(), limits()
    try:
        reached = _gcra()(
            keys=[names.rate(f"visitor:{visitor}"), names.rate(f"address:{address}")],
            args=[allowed.runs_per_minute, allowed.runs_per_minute_per_address],
        )
    except streams.CONNECTION_LOST as error:
        raise StoreAway from error
    if reached == 1:
        raise LimitReached(
            "runs_per_minute",
            f"You have started more than {allowed.runs_per_minute} runs within a minute. Wait a few seconds and try again.",
        )
    if reached == 2:
        raise LimitReached(
            "runs_per_minute_per_address",
            f"More than {allowed.runs_per_minute_per_address} runs a minute came from your network. Try again in a minute.",
        )
