-- Ends a run whose time is over. One that has not begun ends at once, one in work gets the order to end.
-- KEYS 1 record
-- ARGV 1 error JSON, 2 now in ms, 3 channel, 4 time to live in ms
-- Returns 'ended', 'ending' or 'left'.
local run = redis.call('HMGET', KEYS[1], 'state', 'rev', 'cancel')
local state = run[1]
if not state or run[3] or not transition(state, 'expire') then return 'left' end
if state == 'queued' then
  state = transition(state, 'expire')
  redis.call('HSET', KEYS[1], 'state', state, 'ended', ARGV[2], 'error', ARGV[1], 'rev', run[2] + 1)
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  redis.call('PUBLISH', ARGV[3], (run[2] + 1) .. ' end')
  return 'ended'
end
redis.call('HSET', KEYS[1], 'cancel', ARGV[2], 'stop', 'expire', 'error', ARGV[1], 'rev', run[2] + 1)
redis.call('PUBLISH', ARGV[3], run[2] + 1)
return 'ending'
