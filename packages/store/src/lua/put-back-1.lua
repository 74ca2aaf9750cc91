-- Gives a taken run another time, or takes it out, unless its time was changed since. May be repeated.
-- KEYS 1 runs by time
-- ARGV 1 run, 2 the time that it got when it was taken, 3 its new time or '' to take it out
-- Returns 1 when done.
if tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or '-1') ~= tonumber(ARGV[2]) then return 0 end
if ARGV[3] == '' then redis.call('ZREM', KEYS[1], ARGV[1]) else redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1]) end
return 1
