-- Writes a value unless there is one.
-- KEYS 1 the key. ARGV 1 value, 2 milliseconds to keep it.
-- Returns false when written, else the value that is there.
local found = redis.call('GET', KEYS[1])
if found then return found end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false
