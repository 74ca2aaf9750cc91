-- Writes an accepted run, with its slices when it needs no plan step. Does nothing when the run is there already.
-- KEYS 1 record, 2 slices, 3 table; and on one server, where all keys may meet: 4 revision of the catalog,
--      from 5 on the lists by which the run is found
-- ARGV 1 spec JSON, 2 targets JSON or '', 3 total or '' when it needs a plan step, 4 '1' when sorted, 5 inventory,
--      6 run id, 7 creation time in µs, 8 revision of the catalog or '', then for each slice: header, names
-- Returns 1 when written, 0 when it was there, -1 when the catalog is not at the revision: nothing is written then.
if KEYS[4] and ARGV[8] ~= '' and (redis.call('GET', KEYS[4]) or '0') ~= ARGV[8] then return -1 end
if redis.call('HSETNX', KEYS[1], 'spec', ARGV[1]) == 0 then return 0 end
for i = 5, #KEYS do redis.call('ZADD', KEYS[i], ARGV[7], ARGV[6]) end
local planned = ARGV[3] ~= ''
local total = planned and tonumber(ARGV[3]) or 0
redis.call('HSET', KEYS[1], 'state', 'queued', 'rev', 1, 'planned', planned and 1 or 0,
  'total', total, 'slices', (#ARGV - 8) / 2, 'sorted', ARGV[4])
if ARGV[2] ~= '' then redis.call('HSET', KEYS[2], 'targets', ARGV[2]) end
if planned then
  write_slices(KEYS[2], 0, 8)
  if ARGV[5] ~= '' then redis.call('HSET', KEYS[2], 'inventory', ARGV[5]) end
  redis.call('SET', KEYS[3], string.rep('p00000', total))
end
return 1
