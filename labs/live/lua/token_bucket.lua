-- Token bucket, as labs/patterns/token_bucket.py: a level and the time at which it was right, in one string.
--
-- KEYS[1]  what is counted
-- ARGV     tokens per µs, burst, time (µs; 0: the server's own)
-- Returns  "admitted remaining next wait now": calls left, µs until the next place opens, µs to hold back, the time (µs)

local rate, burst, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end

local tokens, counted = burst, now
local kept = redis.call('GET', KEYS[1])
if kept then
  local gap = string.find(kept, ' ', 1, true)
  tokens, counted = tonumber(string.sub(kept, 1, gap - 1)), tonumber(string.sub(kept, gap + 1))
end
if now > counted then
  tokens, counted = math.min(burst, tokens + (now - counted) * rate), now
end

local admitted = tokens >= 0.999999
if admitted then
  tokens = math.max(0, tokens - 1)
  local full = counted + (burst - tokens) / rate
  redis.call('SET', KEYS[1], string.format('%.9f %.0f', tokens, counted), 'PX', 1 + math.floor((full - now) / 1000))
end

local remaining = math.floor(tokens + 0.000001)
local wait = tokens < burst and math.max(0, counted + (remaining + 1 - tokens) / rate - now) or 0
return string.format('%d %d %.0f 0 %.0f', admitted and 1 or 0, remaining, math.ceil(wait), now)
