-- Writes a new API key, all of it or nothing, and tells of it.
-- KEYS 1 keys by hash (hash), 2 hashes by id (hash), 3 last uses (hash), 4 revision
-- ARGV 1 id, 2 hash of the key, 3 key JSON, 4 last use in ms; 0 for never, 5 channel of changes
-- Returns nothing. Called again it writes the same.
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('HSET', KEYS[3], ARGV[1], ARGV[4])
redis.call('PUBLISH', ARGV[5], redis.call('INCR', KEYS[4]))
return false
