"""Whether one more run may be asked for: all limits of visitor, address and site in one round trip to the store.

Rates are kept by GCRA. Who has how many runs under way is a sorted set per visitor, by when each is over at the latest: a run
that ends takes itself out, one that vanished falls out by itself. A store that comes back empty begins to count anew.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

import orjson

from labs import streams
from labs.errors import LimitReached, StoreAway
from labs.limits import Limits, limits

SCRIPT = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local run, over = ARGV[6], now + tonumber(ARGV[7])
local arrivals = {}
for i = 1, 2 do
  local step = 60 / tonumber(ARGV[i])
  local due = math.max(now, tonumber(redis.call('GET', KEYS[i]) or 0))
  if due + step > now + 60 then return i end
  arrivals[i] = due + step
end
for i = 3, 5 do
  local most = tonumber(ARGV[i])
  if most >= 0 then
    if i < 5 then redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now) end
    if not redis.call('ZSCORE', KEYS[i], run) and redis.call('ZCARD', KEYS[i]) >= most then return i end
  end
end
for i = 1, 2 do
  redis.call('SET', KEYS[i], string.format('%.6f', arrivals[i]), 'PX', math.ceil((arrivals[i] - now) * 1000))
end
for i = 3, 4 do
  if tonumber(ARGV[i]) >= 0 then
    redis.call('ZADD', KEYS[i], over, run)
    redis.call('EXPIRE', KEYS[i], math.ceil(tonumber(ARGV[7])))
  end
end
if ARGV[8] ~= '' then
  redis.call('HSET', KEYS[6], 'take', ARGV[8], 'status:' .. ARGV[8], 'queued', 'world', ARGV[9], 'starts', ARGV[10])
  redis.call('EXPIRE', KEYS[6], ARGV[11])
  redis.call('ZADD', KEYS[7], 'NX', now, run)
end
return 0
"""


@cache
def _script() -> Any:
    return streams.store().register_script(SCRIPT)


def run_admit(*, asker: str, address: str, run: UUID, world: str, new: bool) -> None:
    """Count a run, or with `new` False another take of one, and note that it waits. Raises LimitReached or StoreAway.

    A refusal counts nothing. A take is announced by `streams.announce_queued` once its row is written; a new run here, for
    nobody can have its id yet.
    """
    names, allowed = streams.keys(), limits()
    live, queue = world == "live", names.queue(world)
    over_s = allowed.queued_s + max(allowed.wall_s, allowed.live_s)
    announcement: Sequence[Any] = (1, world, orjson.dumps([0.0]), allowed.stream_ttl_s) if new else ("", "", "", 0)
    try:
        reached = _script()(
            keys=[
                names.rate(f"visitor:{asker}"),
                names.rate(f"address:{address}"),
                names.active(asker),
                names.active("live runs"),
                names.queue("simulated"),
                names.state(run),
                queue,
            ],
            args=[
                allowed.runs_per_minute,
                allowed.runs_per_minute_per_address,
                allowed.runs_at_once,
                allowed.live_runs if live else -1,
                -1 if live else allowed.queued_runs,
                str(run),
                over_s,
                *announcement,
            ],
        )
    except streams.CONNECTION_LOST as error:
        raise StoreAway from error
    if reached:
        raise _refusal(reached, allowed)


def _refusal(reached: int, allowed: Limits) -> LimitReached:
    """By the place of the limit in the script."""
    limit, message = {
        1: (
            "runs_per_minute",
            f"You have started more than {allowed.runs_per_minute} runs within a minute. Wait a few seconds and try again.",
        ),
        2: (
            "runs_per_minute_per_address",
            f"More than {allowed.runs_per_minute_per_address} runs a minute came from your network. Try again in a minute.",
        ),
        3: (
            "runs_at_once",
            f"{allowed.runs_at_once} of your runs are still being computed. Wait for one to end, or cancel one.",
        ),
        4: (
            "live_runs",
            f"{allowed.live_runs} live runs are playing, which is all the site can carry. Try again in some minutes.",
        ),
        5: ("queued_runs", f"{allowed.queued_runs} runs are waiting for a worker. Try again in some minutes."),
    }[reached]
    return LimitReached(limit, message)
