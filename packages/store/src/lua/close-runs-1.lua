-- Some runs of a schedule have ended: they are not open any more. The same again does nothing.
-- KEYS 1 schedule
-- ARGV the ids of the runs
-- Returns 1 when there was anything to look at, else 0.
local before = redis.call('HMGET', KEYS[1], 'open', 'run')
local remembered = before[1] or before[2]
if not remembered then return 0 end
local ended = {}
for i = 1, #ARGV do ended[ARGV[i]] = true end
local open = {}
for id in string.gmatch(remembered, '[^ ]+') do
  if not ended[id] then open[#open + 1] = id end
end
-- Written even when none is left: without the field the last run would count as open.
redis.call('HSET', KEYS[1], 'open', table.concat(open, ' '))
return 1
