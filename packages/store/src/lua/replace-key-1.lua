-- Replaces or deletes a value that is as expected. It ends when the old one would have.
-- KEYS 1 the key. ARGV 1 expected value, 2 new value or '' to delete.
-- Returns 1 when done, 0 when another value is there.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then return redis.call('DEL', KEYS[1]) end
local left = redis.call('PTTL', KEYS[1])
if left < 1 then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', left)
return 1
