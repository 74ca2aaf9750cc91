-- Deletes a login token and tells of it in the same step: nobody goes on with what he remembers of an ended session
-- because the one who ended it died.
-- KEYS 1 tokens of the holder (hash), 2 revision
-- ARGV 1 hash of the token, 2 channel of changes
-- Returns 1 when deleted. Called again it returns 0.
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('PUBLISH', ARGV[2], redis.call('INCR', KEYS[2]))
return 1
