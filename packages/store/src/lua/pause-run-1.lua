-- Pauses a run, or takes its pause back. One that has ended is left as it is.
-- KEYS 1 record
-- ARGV 1 pause JSON or '' to take it back, 2 channel
-- Returns the state, '' when there is no such run.
local run = redis.call('HMGET', KEYS[1], 'state', 'rev', 'paused', 'roll', 'f', 'u')
if not run[1] then return '' end
if is_terminal(run[1]) or (ARGV[1] == '') == not run[3] then return run[1] end
if ARGV[1] ~= '' then
  redis.call('HSET', KEYS[1], 'paused', ARGV[1], 'rev', run[2] + 1)
else
  redis.call('HDEL', KEYS[1], 'paused')
  redis.call('HSET', KEYS[1], 'rev', run[2] + 1)
  -- Whoever resumes a rollout that too many failures paused accepts them: it may have as many again.
  if run[4] and cjson.decode(run[3]).by == 'rollout' then
    local before, failures_max, after = string.match(run[4], '^(%d+ %d+ %d+) (%d+) (%a+)$')
    local allowed = failures_max + (run[5] or 0) + (run[6] or 0)
    redis.call('HSET', KEYS[1], 'roll', before .. ' ' .. allowed .. ' ' .. after)
  end
end
redis.call('PUBLISH', ARGV[2], run[2] + 1)
return run[1]
