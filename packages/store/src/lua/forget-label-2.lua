-- Forgets a label that is on no run any more.
-- KEYS 1 labels (sorted set), 2 runs with the label
-- ARGV 1 label, 2 time in ms: noted since then, it stays
-- Returns 1 when it went.
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
local noted = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not noted or tonumber(noted) > tonumber(ARGV[2]) then return 0 end
return redis.call('ZREM', KEYS[1], ARGV[1])
