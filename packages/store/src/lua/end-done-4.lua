-- Ends a run whose devices are all final, with counts made anew by the caller.
-- KEYS 1 record, 2 rows, 3 outputs, 4 log
-- ARGV 1 revision at which they were counted, 2 now in ms, 3 channel, 4 time to live in ms, 5 total, then letter and
--      number of each final state
-- Returns the state in which it ended, '' when it changed meanwhile or has ended.
local run = redis.call('HMGET', KEYS[1], 'state', 'rev', 'planned', 'stop')
local state = run[1]
if not state or run[2] ~= ARGV[1] or run[3] ~= '1' or is_terminal(state) then return '' end
local bad = 0
for i = 6, #ARGV, 2 do
  if ARGV[i] == 'f' or ARGV[i] == 'c' or ARGV[i] == 'u' then bad = bad + ARGV[i + 1] end
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
end
if state == 'queued' then state = transition(state, 'start') end
local event = bad > 0 and (run[4] or 'fail') or 'succeed'
if state == 'cancelling' then event = 'finish-cancel' end
state = transition(state, event)
redis.call('HSET', KEYS[1], 'state', state, 'ended', ARGV[2], 'rev', run[2] + 1, 'total', ARGV[5], 'r', 0)
for i = 1, 4 do redis.call('PEXPIRE', KEYS[i], ARGV[4]) end
redis.call('PUBLISH', ARGV[3], (run[2] + 1) .. ' end')
return state
