-- Takes runs whose time to be looked at has come. Another call does not get them before their new time.
-- KEYS 1 runs by time
-- ARGV 1 now, 2 their new time, 3 how many at most
-- Returns their ids.
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
for _, id in ipairs(ids) do redis.call('ZADD', KEYS[1], ARGV[2], id) end
return ids
