-- Writes a user if nobody else did meanwhile.
-- KEYS 1 users (hash), 2 revision
-- ARGV 1 name, 2 version of the written user, 3 user JSON, 4 channel of changes,
--      5 the only revision on which it may be written; '' for any
-- Returns 1 when written. Called again it finds its own version and returns 0.
if ARGV[5] ~= '' and ARGV[5] ~= (redis.call('GET', KEYS[2]) or '0') then return 0 end
local stored = redis.call('HGET', KEYS[1], ARGV[1])
local version = stored and tonumber(string.match(stored, '^(%d+)')) or 0
if version + 1 ~= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. ARGV[3])
redis.call('PUBLISH', ARGV[4], redis.call('INCR', KEYS[2]))
return 1
