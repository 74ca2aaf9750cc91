-- Takes a slice: whoever had it before can write nothing any more, because the token grows.
-- KEYS 1 record; and on one server, where all keys may meet: 2 revision of users, 3 revision of the catalog
-- ARGV 1 slice, 2 owner, 3 now in ms, 4 channel, 5 revision of rights on which the run was found allowed or '',
--      6 revision of rights now, where it is not read here
-- Returns 'gone', 'done', 'paused', 'unchecked', or { spec, token, header, names, entries of its devices, inventory,
--      started, cancel, devices at once or '', losses }; losses are '<position>=<times>' parted by blanks.
local n = ARGV[1]
local run = redis.call('HMGET', KEYS[1], 'state', 'spec', 'started', 'cancel', 'rev', 'inventory',
  n, n .. ':n', n .. ':s', n .. ':t', n .. ':d', 'limit', n .. ':k', n .. ':o', 'paused', 'rights')
local state, header, entries = run[1], run[7], run[9]
if not state or not header then return 'gone' end
if run[11] or is_terminal(state) then return 'done' end
-- A run that is to end is taken also when it is paused: somebody has to write its end.
if run[15] and not run[4] then return 'paused' end
-- Rights may have changed since the run was allowed: before it begins somebody has to look again.
if state == 'queued' and run[16] then
  local rights = ARGV[6]
  if KEYS[2] then rights = (redis.call('GET', KEYS[2]) or '0') .. ':' .. (redis.call('GET', KEYS[3]) or '0') end
  if rights ~= run[16] and rights ~= ARGV[5] then return 'unchecked' end
end
local token = (run[10] or 0) + 1
local started = run[3] or ARGV[3]
local fields = { n .. ':t', token, n .. ':o', ARGV[2] }

-- An owner that did not let go was lost. The devices that it had in work may be why: they are counted.
local losses = run[13] or ''
if run[14] and run[14] ~= '' and string.find(entries, 'r') then
  local counts = {}
  for position, times in string.gmatch(losses, '(%d+)=(%d+)') do counts[position + 0] = times + 0 end
  for position = 0, #entries / 6 - 1 do
    if string.byte(entries, position * 6 + 1) == 114 then counts[position] = (counts[position] or 0) + 1 end
  end
  local parts = {}
  for position, times in pairs(counts) do parts[#parts + 1] = position .. '=' .. times end
  losses = table.concat(parts, ' ')
  fields[5], fields[6] = n .. ':k', losses
end
if state == 'queued' then
  local at = #fields
  fields[at + 1], fields[at + 2] = 'state', transition(state, 'start')
  fields[at + 3], fields[at + 4] = 'started', started
  fields[at + 5], fields[at + 6] = 'rev', run[5] + 1
end
redis.call('HSET', KEYS[1], unpack(fields))
if state == 'queued' then redis.call('PUBLISH', ARGV[4], run[5] + 1) end
return { run[2], token, header, run[8], entries, run[6] or '', started, run[4] or '', run[12] or '', losses }
