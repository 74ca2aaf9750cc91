-- Puts a state that was sealed anew in the place of the same state as it was sealed before.
-- KEYS 1 state
-- ARGV 1 sealed content as it was read, 2 sealed content with the newer key
-- Returns 1 when it was replaced; 0 when somebody wrote meanwhile, with the newer key then. A repeated call gives 0.
if redis.call('HGET', KEYS[1], 'content') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'content', ARGV[2])
return 1
