-- Takes a place for a run below the one at the top. Repeating it is harmless.
-- KEYS 1 tree
-- ARGV 1 run id, 2 node JSON, 3 places, 4 time to live in ms
-- Returns 1 when it has a place, 0 when there is none.
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 1 end
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
