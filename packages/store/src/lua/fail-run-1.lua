-- Ends a run before any of its devices began, as failed or as denied.
-- KEYS 1 record
-- ARGV 1 error JSON, 2 now in ms, 3 channel, 4 time to live in ms, 5 'fail' or 'deny'
-- Returns the state, '' when there is no such run.
local run = redis.call('HMGET', KEYS[1], 'state', 'rev')
if not run[1] then return '' end
local next_state = transition(run[1], ARGV[5]) or transition(run[1], 'finish-cancel')
if not next_state then return run[1] end
redis.call('HSET', KEYS[1], 'state', next_state, 'ended', ARGV[2], 'error', ARGV[1], 'rev', run[2] + 1)
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('PUBLISH', ARGV[3], (run[2] + 1) .. ' end')
return next_state
