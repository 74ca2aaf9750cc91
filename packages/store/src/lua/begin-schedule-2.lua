-- Looks after a schedule by a cron expression and zone from now on. The same again does nothing.
-- KEYS 1 schedule, 2 keys of schedules
-- ARGV 1 key, 2 timing, 3 slots up to this time (ms) are over
-- Returns 1 when it began, 0 when it had begun.
if redis.call('HGET', KEYS[1], 'timing') == ARGV[2] then return 0 end
redis.call('SADD', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[1], 'waiting')
-- Never back: a slot that was decided once is not decided again, whatever the clock of a gateway says.
local before = tonumber(redis.call('HGET', KEYS[1], 'upTo') or '-1')
if before < tonumber(ARGV[3]) then redis.call('HSET', KEYS[1], 'upTo', ARGV[3]) end
redis.call('HSET', KEYS[1], 'timing', ARGV[2])
return 1
