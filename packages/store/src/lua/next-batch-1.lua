-- Begins the next batch of a rollout, when the one before has ended and soaked.
-- KEYS 1 record
-- ARGV 1 batch that has ended, 2 now in ms, 3 channel, then for each cluster of the next batch: its name, the first
--      slice that waits after those that are let go now or ''
-- Returns 1, or 0 when it is not its time or it was done before.
local run = redis.call('HMGET', KEYS[1], 'state', 'cancel', 'paused', 'roll', 'rolls', 'nextAt', 'rev')
if not run[1] or is_terminal(run[1]) or run[2] or run[3] or not run[4] or not run[6] then return 0 end
local batch, rest = string.match(run[4], '^(%d+) %d+ (.*)$')
if batch ~= ARGV[1] or tonumber(run[6]) > tonumber(ARGV[2]) then return 0 end
local number, batch_end = -1, nil
for devices in string.gmatch(run[5], '%d+') do
  number = number + 1
  if number == batch + 1 then batch_end = devices end
end
if not batch_end then return 0 end
redis.call('HSET', KEYS[1], 'roll', (batch + 1) .. ' ' .. batch_end .. ' ' .. rest, 'rev', run[7] + 1)
redis.call('HDEL', KEYS[1], 'nextAt')
for i = 4, #ARGV, 2 do redis.call('HSET', KEYS[1], 'w:' .. ARGV[i], ARGV[i + 1]) end
redis.call('PUBLISH', ARGV[3], run[7] + 1)
return 1
