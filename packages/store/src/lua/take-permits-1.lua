-- Takes permits to begin devices, or for calls (GCRA): each moves the time up to which they are used up, which may be ahead of now
-- by no more than the burst. The clock is that of Redis.
-- KEYS 1 the time up to which permits are used up, in µs
-- ARGV 1 permits in a period, 2 the period in ms, 3 permits wanted, 4 permits at once after a pause
-- Returns { permits granted, ms until there is another one, 0 when all were granted }.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local each = ARGV[2] * 1000 / ARGV[1]
local burst = tonumber(ARGV[4])
-- How far ahead it is. Never further than the burst: the rate may have been raised meanwhile.
local ahead = math.max(0, (redis.call('GET', KEYS[1]) or now) - now)
ahead = math.min(ahead, burst * each)
-- The differences are small, so the rounding of large numbers cannot hide a permit; a hair more for that of small ones.
local granted = math.max(0, math.min(tonumber(ARGV[3]), math.floor(burst - ahead / each + 0.000001)))
ahead = ahead + granted * each
if granted > 0 then
  redis.call('SET', KEYS[1], string.format('%.2f', now + ahead), 'PX', math.ceil(ahead / 1000) + 1000)
end
if granted == tonumber(ARGV[3]) then return { granted, 0 } end
return { granted, math.max(1, math.ceil((ahead - (burst - 1) * each) / 1000)) }
