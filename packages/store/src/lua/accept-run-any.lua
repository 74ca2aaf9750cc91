-- Writes an accepted run, with its slices when it needs no plan step. Does nothing when the run is there already.
-- KEYS 1 record; and on one server, where all keys may meet: 2 revision of the catalog,
--      from 3 on the lists by which the run is found
-- ARGV 1 spec JSON, 2 targets JSON or '', 3 total or '' when it needs a plan step, 4 '1' when sorted, 5 inventory,
--      6 run id, 7 creation time in µs, 8 revision of the catalog or '',
--      9 devices of a slice at once or '', then for each slice: header, names
-- Returns 1 when written, 0 when it was there, -1 when the catalog is not at the revision: nothing is written then.
if KEYS[2] and ARGV[8] ~= '' and (redis.call('GET', KEYS[2]) or '0') ~= ARGV[8] then return -1 end
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
for i = 3, #KEYS do redis.call('ZADD', KEYS[i], ARGV[7], ARGV[6]) end
local planned = ARGV[3] ~= ''
local fields = { 'spec', ARGV[1], 'state', 'queued', 'rev', 1, 'planned', planned and 1 or 0,
  'total', planned and ARGV[3] or 0, 'slices', (#ARGV - 9) / 2, 'sorted', ARGV[4] }
if ARGV[2] ~= '' then
  fields[15], fields[16] = 'targets', ARGV[2]
elseif ARGV[5] ~= '' then
  fields[15], fields[16] = 'inventory', ARGV[5]
end
if ARGV[9] ~= '' then
  fields[#fields + 1] = 'limit'
  fields[#fields + 1] = ARGV[9]
end
if planned then add_slices(fields, 0, 9) end
redis.call('HSET', KEYS[1], unpack(fields))
return 1
