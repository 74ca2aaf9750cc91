-- Pauses a schedule, or takes that back: then the slots of the pause are over. The same again does nothing.
-- KEYS 1 schedule, 2 keys of schedules
-- ARGV 1 key, 2 pause JSON or '' to take it back, 3 now in ms
-- Returns 1 when written, else 0.
if ARGV[2] ~= '' then
  redis.call('SADD', KEYS[2], ARGV[1])
  return redis.call('HSETNX', KEYS[1], 'pause', ARGV[2])
end
if redis.call('HDEL', KEYS[1], 'pause') == 0 then return 0 end
redis.call('HDEL', KEYS[1], 'waiting')
local upTo = redis.call('HGET', KEYS[1], 'upTo')
if upTo and tonumber(upTo) < tonumber(ARGV[3]) then redis.call('HSET', KEYS[1], 'upTo', ARGV[3]) end
return 1
