-- Reads a lock.
-- KEYS 1 lock, 2 seen. ARGV 1 a member or '', 2 milliseconds for which a wish counts.
-- Returns { holder or '', token, since, until, number of those who wait, 1 when the member waits }.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lock = redis.call('HMGET', KEYS[1], 'holder', 'token', 'since', 'until')
local waiting = redis.call('ZCOUNT', KEYS[2], now - ARGV[2] + 1, '+inf')
local seen = ARGV[1] ~= '' and redis.call('ZSCORE', KEYS[2], ARGV[1])
local waits = seen and tonumber(seen) > now - ARGV[2] and 1 or 0
if not lock[1] or tonumber(lock[4]) <= now then return { '', 0, 0, 0, waiting, waits } end
return { lock[1], tonumber(lock[2]), tonumber(lock[3]), tonumber(lock[4]), waiting, waits }
