-- Writes some slices of a run that is being planned. Nothing counts until commit-plan; writing twice is harmless.
-- KEYS 1 record
-- ARGV 1 number of the first slice, then for each slice: header, names
-- Returns 'gone', 'planned', 'ended' or 'ok'.
local run = redis.call('HMGET', KEYS[1], 'state', 'planned')
if not run[1] then return 'gone' end
if is_terminal(run[1]) then return 'ended' end
if run[2] == '1' then return 'planned' end
if run[1] ~= 'queued' then return 'ended' end
local fields = {}
add_slices(fields, tonumber(ARGV[1]), 1)
redis.call('HSET', KEYS[1], unpack(fields))
return 'ok'
