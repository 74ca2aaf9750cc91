-- Writes an accepted run, with its slices when it needs no plan step. Does nothing when the run is there already.
-- KEYS 1 record; and on one server, where all keys may meet: 2 revision of the catalog, 3 audit log,
--      from 4 on the lists by which the run is found
-- ARGV 1 spec JSON, 2 targets JSON or '', 3 total or '' when it needs a plan step, 4 '1' when sorted, 5 inventory,
--      6 run id, 7 creation time in µs, 8 revision of the catalog or '',
--      9 devices of a slice at once or '', 10 revision of rights or '', 11 length of the audit log at most,
--      12 id of the run above or '', 13 number of texts of an entry of the audit log, these (names and values in turn),
--      then for each slice: header, names
-- Returns 1 when written, 0 when it was there, -1 when the catalog is not at the revision: nothing is written then.
if KEYS[2] and ARGV[8] ~= '' and (redis.call('GET', KEYS[2]) or '0') ~= ARGV[8] then return -1 end
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
for i = 4, #KEYS do redis.call('ZADD', KEYS[i], ARGV[7], ARGV[6]) end
local planned, before = ARGV[3] ~= '', 13 + ARGV[13]
local fields = { 'spec', ARGV[1], 'state', 'queued', 'rev', 1, 'planned', planned and 1 or 0,
  'total', planned and ARGV[3] or 0, 'slices', (#ARGV - before) / 2, 'sorted', ARGV[4] }
if ARGV[2] ~= '' then
  fields[15], fields[16] = 'targets', ARGV[2]
elseif ARGV[5] ~= '' then
  fields[15], fields[16] = 'inventory', ARGV[5]
end
if ARGV[9] ~= '' then
  fields[#fields + 1] = 'limit'
  fields[#fields + 1] = ARGV[9]
end
if ARGV[10] ~= '' then
  fields[#fields + 1] = 'rights'
  fields[#fields + 1] = ARGV[10]
end
if ARGV[12] ~= '' then
  fields[#fields + 1] = 'parent'
  fields[#fields + 1] = ARGV[12]
end
if planned then add_slices(fields, 0, before) end
redis.call('HSET', KEYS[1], unpack(fields))
if KEYS[3] and before > 13 then redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[11], '*', unpack(ARGV, 14, before)) end
return 1
