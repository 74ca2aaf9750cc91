-- Lets a run in when there is room for it and for everybody who stands before it in the line.
-- KEYS 1 runs inside, 2 line, 3 limit
-- ARGV 1 run id, 2 creation time in µs, 3 how many may be inside
-- Returns 1 when the run is inside, else 0: it stands in the line.
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 1 end
redis.call('ZADD', KEYS[2], 'NX', ARGV[2], ARGV[1])
redis.call('SET', KEYS[3], ARGV[3])
local room = ARGV[3] - redis.call('ZCARD', KEYS[1])
if redis.call('ZRANK', KEYS[2], ARGV[1]) >= room then return 0 end
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
return 1
