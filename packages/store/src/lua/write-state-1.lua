-- Writes what a service keeps between its runs, unless somebody with a later lock has written. The same again is harmless.
-- KEYS 1 state
-- ARGV 1 token of the lock, 2 sealed content, 3 name, 4 time in ms
-- Returns 1 when it was written, else 0.
local before = tonumber(redis.call('HGET', KEYS[1], 'token'))
if before and before > tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'token', ARGV[1], 'content', ARGV[2], 'name', ARGV[3], 'at', ARGV[4])
return 1
