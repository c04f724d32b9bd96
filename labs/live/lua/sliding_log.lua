-- Sliding log, as labs/patterns/sliding_log_limiter.py: the times of the admitted calls, in a sorted set.
--
-- KEYS[1]  what is counted
-- ARGV     limit, window (µs), time (µs; 0: the server's own)
-- Returns  "admitted remaining next wait now": calls left, µs until the next place opens, µs to hold back, the time (µs)

local key, limit, length, now = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end

local oldest = tonumber(redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2])
if oldest and oldest <= now - length then
  redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%.0f', now - length))
  oldest = tonumber(redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2])
end

local count = redis.call('ZCARD', key)
local admitted = count < limit
if admitted then
  local at, number = string.format('%.0f', now), count
  while redis.call('ZADD', key, 'NX', at, at .. '-' .. number) == 0 do
    number = number + 1 -- another call of this instant has the name: each needs its own
  end
  count = count + 1
  oldest = math.min(oldest or now, now)
  redis.call('PEXPIRE', key, math.ceil(length / 1000))
elseif count > limit then -- the limit was lowered: the place opens when enough of them are gone
  oldest = tonumber(redis.call('ZRANGE', key, count - limit, count - limit, 'WITHSCORES')[2])
end

local wait = math.max(0, oldest + length - now)
return string.format('%d %d %.0f 0 %.0f', admitted and 1 or 0, math.max(0, limit - count), wait, now)
