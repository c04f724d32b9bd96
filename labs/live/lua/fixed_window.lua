-- Fixed window, as labs/patterns/fixed_window_limiter.py: one counter a key and window, which goes with its window.
--
-- KEYS[1]  what is counted; the window's number is put behind it (a cluster would need a hash tag around it)
-- ARGV     limit, window (µs), time (µs; 0: the server's own), how far edges are from multiples of the window (µs)
-- Returns  "admitted remaining next wait now": calls left, µs until the next place opens, µs to hold back, the time (µs)

local limit, length, now, edge = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end

now = now - edge
local window = math.floor(now / length)
local left = (window + 1) * length - now
local key = string.format('%s@%.0f', KEYS[1], window)
local count = tonumber(redis.call('GET', key) or 0)
local admitted = count < limit
if admitted then
  count = count + 1
  redis.call('SET', key, count, 'PX', 1 + math.floor(left / 1000))
end
return string.format('%d %d %.0f 0 %.0f', admitted and 1 or 0, math.max(0, limit - count), left, now + edge)
