-- Writes what becomes of the next slot of a schedule, by whoever is first. A repeated call finds another state: nothing.
-- KEYS 1 schedule
-- ARGV 1 timing, 2 decided up to (ms), 3 slot that waits or '': the state that the decision was made on;
--      4 decided up to from now on, 5 claim JSON or '', 6 slot that waits from now on, '-' for none any more, '' to
--      leave that, 7 JSON of what was done last or ''
-- Returns 1 when written, else 0.
local state = redis.call('HMGET', KEYS[1], 'timing', 'upTo', 'waiting', 'claim', 'pause')
if state[4] or state[5] then return 0 end
if state[1] ~= ARGV[1] or state[2] ~= ARGV[2] or (state[3] or '') ~= ARGV[3] then return 0 end
redis.call('HSET', KEYS[1], 'upTo', ARGV[4])
if ARGV[5] ~= '' then redis.call('HSET', KEYS[1], 'claim', ARGV[5]) end
if ARGV[6] == '-' then
  redis.call('HDEL', KEYS[1], 'waiting')
elseif ARGV[6] ~= '' then
  redis.call('HSET', KEYS[1], 'waiting', ARGV[6])
end
if ARGV[7] ~= '' then redis.call('HSET', KEYS[1], 'last', ARGV[7]) end
return 1
