-- Writes an accepted run, with its slices when it needs no plan step. Does nothing when the run is there already.
-- KEYS 1 record, 2 slices, 3 table
-- ARGV 1 spec JSON, 2 targets JSON or '', 3 total or '' when it needs a plan step, 4 '1' when sorted, 5 inventory,
--      then for each slice: header, names
-- Returns 1 when written, 0 when it was there.
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local planned = ARGV[3] ~= ''
local total = planned and tonumber(ARGV[3]) or 0
local slices = (#ARGV - 5) / 2
redis.call('HSET', KEYS[1], 'spec', ARGV[1], 'state', 'queued', 'rev', 1, 'planned', planned and 1 or 0,
  'total', total, 'slices', slices, 'sorted', ARGV[4])
if ARGV[2] ~= '' then redis.call('HSET', KEYS[2], 'targets', ARGV[2]) end
if planned then
  write_slices(KEYS[2], 0, 5)
  if ARGV[5] ~= '' then redis.call('HSET', KEYS[2], 'inventory', ARGV[5]) end
  redis.call('SET', KEYS[3], string.rep('p00000', total))
end
return 1
