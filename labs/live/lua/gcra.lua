-- GCRA, as labs/patterns/gcra.py: one number a key, the theoretical arrival time of its next call.
--
-- KEYS[1]  what is counted
-- ARGV     interval between calls at the rate (µs), burst, time (µs; 0: the server's own)
-- Returns  "admitted remaining next wait now": calls left, µs until the next place opens, µs to hold back, the time (µs)

local interval, burst, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end

local theoretical = math.max(now, tonumber(redis.call('GET', KEYS[1]) or now))
local admitted = theoretical - now <= (burst - 1) * interval + 0.5
if admitted then
  theoretical = theoretical + interval
  redis.call('SET', KEYS[1], string.format('%.3f', theoretical), 'PX', 1 + math.floor((theoretical - now) / 1000))
end

local remaining = math.max(0, math.floor(burst - (theoretical - now) / interval + 0.000001))
local wait = math.max(0, theoretical - (burst - remaining - 1) * interval - now)
return string.format('%d %d %.0f 0 %.0f', admitted and 1 or 0, remaining, math.ceil(wait), now)
