-- Writes how far a step of a workflow has come, if the writer still owns the slice. Repeating it changes nothing.
-- KEYS 1 record, 2 steps
-- ARGV 1 slice, 2 token, 3 field: device and step, 4 '<state> <JSON>', 5 time to live in ms
-- Returns 1 when written, 0 when somebody else owns the slice.
if redis.call('HGET', KEYS[1], ARGV[1] .. ':t') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[2], ARGV[3], ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
return 1
