-- Leaky bucket, as labs/patterns/leaky_bucket.py: the time at which the next call may leave.
--
-- KEYS[1]  what is counted
-- ARGV     interval between calls that leave (µs), capacity, time (µs; 0: the server's own)
-- Returns  "admitted remaining next wait now": calls left, µs until the next place opens, µs to hold back, the time (µs)

local interval, capacity, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end

local leaves = math.max(now, tonumber(redis.call('GET', KEYS[1]) or now))
if leaves - now > (capacity - 1) * interval + 0.5 then
  return string.format('0 0 %.0f 0 %.0f', math.ceil(leaves - (capacity - 1) * interval - now), now)
end

local free = leaves + interval
redis.call('SET', KEYS[1], string.format('%.3f', free), 'PX', 1 + math.floor((free - now) / 1000))
local remaining = math.max(0, math.floor(capacity - (free - now) / interval + 0.000001))
local wait = math.max(0, free - (capacity - remaining - 1) * interval - now)
return string.format('1 %d %.0f %.0f %.0f', remaining, math.ceil(wait), leaves - now, now)
