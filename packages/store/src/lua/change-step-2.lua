-- Writes over a step that is in a certain state, and announces it. Of several that try, one succeeds.
-- KEYS 1 record, 2 steps
-- ARGV 1 field: device and step, 2 state, 3 '<state> <JSON>', 4 channel
-- Returns 1 when written, 0 when the step is in another state.
local now = redis.call('HGET', KEYS[2], ARGV[1])
if not now or string.match(now, '^%a+') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
redis.call('PUBLISH', ARGV[4], redis.call('HINCRBY', KEYS[1], 'rev', 1) .. ' step ' .. ARGV[1])
return 1
