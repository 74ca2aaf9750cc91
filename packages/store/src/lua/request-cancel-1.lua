-- Marks a run as to be cancelled. One that was not planned yet has nothing to wait for and ends at once.
-- KEYS 1 record
-- ARGV 1 now in ms, 2 channel, 3 time to live in ms
-- Returns the state, '' when there is no such run.
local run = redis.call('HMGET', KEYS[1], 'state', 'rev', 'planned')
if not run[1] then return '' end
local state = transition(run[1], 'cancel')
if not state then return run[1] end
redis.call('HSET', KEYS[1], 'cancel', ARGV[1], 'state', state, 'rev', run[2] + 1)
if run[3] ~= '1' then
  state = transition(state, 'finish-cancel')
  redis.call('HSET', KEYS[1], 'state', state, 'ended', ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
redis.call('PUBLISH', ARGV[2], (run[2] + 1) .. (is_terminal(state) and ' end' or ''))
return state
