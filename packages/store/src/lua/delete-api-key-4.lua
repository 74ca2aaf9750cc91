-- Deletes an API key and tells of it in the same step: nobody goes on with what he remembers of a revoked key because
-- the one who revoked it died.
-- KEYS 1 keys by hash (hash), 2 hashes by id (hash), 3 last uses (hash), 4 revision
-- ARGV 1 id, 2 channel of changes
-- Returns 1 when deleted. Called again it returns 0.
local key = redis.call('HGET', KEYS[2], ARGV[1])
if not key then return 0 end
redis.call('HDEL', KEYS[1], key)
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
redis.call('PUBLISH', ARGV[2], redis.call('INCR', KEYS[4]))
return 1
