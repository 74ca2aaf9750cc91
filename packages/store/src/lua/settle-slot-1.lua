-- Ends the claim of a slot, or notes a run without one. A repeated call finds no claim, or the run noted: nothing more.
-- KEYS 1 schedule
-- ARGV 1 claim JSON or '' for a run that nobody claimed, 2 JSON of what was done, 3 id of the run or '',
--      4 so many open runs are remembered
-- Returns 1 when written, else 0.
if ARGV[1] ~= '' then
  if redis.call('HGET', KEYS[1], 'claim') ~= ARGV[1] then return 0 end
  redis.call('HDEL', KEYS[1], 'claim')
end
redis.call('HSET', KEYS[1], 'last', ARGV[2])
if ARGV[3] == '' then return 1 end
local before = redis.call('HMGET', KEYS[1], 'open', 'run')
local open = {}
-- A schedule that was looked after by an older gateway has its last run only.
for id in string.gmatch(before[1] or before[2] or '', '[^ ]+') do
  if id ~= ARGV[3] then open[#open + 1] = id end
end
open[#open + 1] = ARGV[3]
local first = math.max(1, #open - tonumber(ARGV[4]) + 1)
redis.call('HSET', KEYS[1], 'run', ARGV[3], 'open', table.concat(open, ' ', first))
return 1
