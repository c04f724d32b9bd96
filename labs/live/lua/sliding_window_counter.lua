-- Sliding-window counter, as labs/patterns/sliding_window_counter.py: a window's number, its count and the one before it.
--
-- KEYS[1]  what is counted
-- ARGV     limit, window (µs), time (µs; 0: the server's own), how far edges are from multiples of the window (µs)
-- Returns  "admitted remaining next wait now": calls left, µs until the next place opens, µs to hold back, the time (µs)

local limit, length, now, edge = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end

now = now - edge
local window = math.floor(now / length)
local counted, present, previous = window, 0, 0
local kept = redis.call('GET', KEYS[1])
if kept then
  local a, b, c = string.match(kept, '(%d+) (%d+) (%d+)')
  counted, present, previous = tonumber(a), tonumber(b), tonumber(c)
end
if window > counted then
  counted, present, previous = window, 0, window == counted + 1 and present or 0
end

local passed = math.min(1, math.max(0, now / length - counted))
local admitted = previous * (1 - passed) + present + 1 <= limit + 0.000001
if admitted then
  present = present + 1
  local kept_for = 1 + math.floor(((counted + 2) * length - now) / 1000)
  redis.call('SET', KEYS[1], string.format('%.0f %d %d', counted, present, previous), 'PX', kept_for)
end

-- when one more place will be free if nobody comes: in this window, or in the next, whose previous one this is
local function reached(places)
  local weighing = limit - present - places
  if weighing >= 0 then
    return (counted + (previous > 0 and math.max(0, 1 - weighing / previous) or 0)) * length
  end
  weighing = limit - places
  if weighing >= 0 then
    return (counted + 1 + (present > 0 and math.max(0, 1 - weighing / present) or 0)) * length
  end
  return (counted + 2) * length
end

local remaining = math.max(0, math.floor(limit - present - previous * (1 - passed) + 0.000001))
local wait = math.max(0, reached(remaining + 1) - now)
return string.format('%d %d %.0f 0 %.0f', admitted and 1 or 0, remaining, math.ceil(wait), now + edge)
