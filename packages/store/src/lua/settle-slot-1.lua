-- Ends the claim of a slot. A repeated call finds no claim: nothing.
-- KEYS 1 schedule
-- ARGV 1 claim JSON, 2 JSON of what was done, 3 id of the run or ''
-- Returns 1 when written, else 0.
if redis.call('HGET', KEYS[1], 'claim') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'claim')
redis.call('HSET', KEYS[1], 'last', ARGV[2])
if ARGV[3] ~= '' then redis.call('HSET', KEYS[1], 'run', ARGV[3]) end
return 1
