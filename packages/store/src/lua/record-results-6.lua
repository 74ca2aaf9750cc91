-- Writes what happened to devices of a slice, if the writer still owns it.
-- A device that is final stays as it is, so the same batch may come twice.
-- KEYS 1 record, 2 slices, 3 table, 4 rows, 5 outputs, 6 log
-- ARGV 1 slice, 2 token, 3 now in ms, 4 first device of the slice, 5 devices of the slice, 6 time to live in ms,
--      7 channel, 8 limit of log lines, 9 number of updates, then for each update in ascending order of position:
--      position in the slice, state letter, row ('' for a device that began), large output ('' when it is in the row);
--      then the lines of the log
-- Returns { owned, cancel requested, state, ended by this call }.
local run = redis.call('HMGET', KEYS[1], 'state', 'cancel', 'rev', 'total', 'planned', 'r', 's', 'f', 'k', 'c', 'u')
local n = ARGV[1]
if not run[1] or redis.call('HGET', KEYS[2], n .. ':t') ~= ARGV[2] then return { 0, '', run[1] or '', 0 } end

local first, devices, updates = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[9])
local counts = { r = tonumber(run[6] or 0), s = tonumber(run[7] or 0), f = tonumber(run[8] or 0),
  k = tonumber(run[9] or 0), c = tonumber(run[10] or 0), u = tonumber(run[11] or 0) }
local changed = false
local segment = ''
local arg = 10
if updates > 0 then
  segment = redis.call('GETRANGE', KEYS[3], first * 6, (first + devices) * 6 - 1)
  local base, rows, pieces, copied = nil, {}, {}, 1
  for _ = 1, updates do
    local offset, letter = ARGV[arg] * 6 + 1, ARGV[arg + 1]
    local old = string.sub(segment, offset, offset)
    if old == 'p' or (old == 'r' and letter ~= 'r') then
      local number = 0
      if letter ~= 'r' then
        base = base or redis.call('LLEN', KEYS[4])
        rows[#rows + 1] = ARGV[arg + 2]
        number = base + #rows
        if ARGV[arg + 3] ~= '' then redis.call('HSET', KEYS[5], number - 1, ARGV[arg + 3]) end
      end
      if old == 'r' then counts.r = counts.r - 1 end
      counts[letter] = counts[letter] + 1
      pieces[#pieces + 1] = string.sub(segment, copied, offset - 1)
      pieces[#pieces + 1] = string.format('%s%05x', letter, number)
      copied = offset + 6
      changed = true
    end
    arg = arg + 4
  end
  if changed then
    pieces[#pieces + 1] = string.sub(segment, copied)
    segment = table.concat(pieces)
    redis.call('SETRANGE', KEYS[3], first * 6, segment)
    if #rows > 0 then redis.call('RPUSH', KEYS[4], unpack(rows)) end
  end
end

local lines = #ARGV - arg + 1
if lines > 0 then
  local room = tonumber(ARGV[8]) - redis.call('LLEN', KEYS[6])
  if room > 0 then redis.call('RPUSH', KEYS[6], unpack(ARGV, arg, arg + math.min(lines, room) - 1)) end
end
if not changed and lines == 0 then return { 1, run[2] or '', run[1], 0 } end

-- Only now is the slice known to be done: no letter of an unfinished device is left (they are no hexadecimal digits).
if changed and not string.find(segment, '[pr]') then redis.call('HSET', KEYS[2], n .. ':d', 1) end
local state, ended = run[1], 0
local final = counts.s + counts.f + counts.k + counts.c + counts.u
local revision = run[3] + 1
if changed and run[5] == '1' and final == tonumber(run[4]) then
  state = end_run(KEYS[1], state, counts, ARGV[3])
  ended = 1
  for i = 1, 6 do redis.call('PEXPIRE', KEYS[i], ARGV[6]) end
end
redis.call('HSET', KEYS[1], 'rev', revision, 'r', counts.r, 's', counts.s, 'f', counts.f, 'k', counts.k,
  'c', counts.c, 'u', counts.u)
redis.call('PUBLISH', ARGV[7], revision)
return { 1, run[2] or '', state, ended }
