-- Takes the owner off a slice that it gives back.
-- KEYS 1 record
-- ARGV 1 slice, 2 token
-- Returns 1 when it was the owner.
if redis.call('HGET', KEYS[1], ARGV[1] .. ':t') ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1] .. ':o')
return 1
