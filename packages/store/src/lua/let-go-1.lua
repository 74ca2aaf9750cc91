-- Takes the owner off a slice that it gives back.
-- KEYS 1 record
-- ARGV 1 slice, 2 token
-- Returns 1 when the run is paused, so that the slice need not be queued again.
local run = redis.call('HMGET', KEYS[1], ARGV[1] .. ':t', 'paused', 'cancel')
if run[1] == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1] .. ':o') end
return run[2] and not run[3] and 1 or 0
