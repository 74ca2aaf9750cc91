-- Deletes a user if nobody changed it meanwhile, and tells of it in the same step: nobody goes on with what he
-- remembers of a user who is gone because the one who deleted it died.
-- KEYS 1 users (hash), 2 revision
-- ARGV 1 name, 2 version, 3 channel of changes, 4 the only revision on which it may be deleted; '' for any
-- Returns 1 when deleted. Called again it returns 0.
if ARGV[4] ~= '' and ARGV[4] ~= (redis.call('GET', KEYS[2]) or '0') then return 0 end
local stored = redis.call('HGET', KEYS[1], ARGV[1])
if not stored or string.match(stored, '^(%d+)') ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('PUBLISH', ARGV[3], redis.call('INCR', KEYS[2]))
return 1
