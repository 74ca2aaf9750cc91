-- Notes the last use of a key that is still there.
-- KEYS 1 last uses (hash)
-- ARGV 1 id, 2 time in ms
-- Returns 1 when noted.
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
