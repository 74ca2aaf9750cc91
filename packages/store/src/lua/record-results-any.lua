-- Writes what happened to devices of a slice, if the writer still owns it.
-- A device that is final stays as it is, so the same batch may come twice.
-- KEYS 1 record, 2 rows, 3 outputs, 4 log; and on one server, where all keys may meet: 5 open runs, and the runs that
--      6 succeeded, 7 failed, 8 were cancelled
-- ARGV 1 slice, 2 token, 3 now in ms, 4 time to live in ms, 5 channel, 6 limit of log lines, 7 run id,
--      8 creation time in µs, 9 number of updates, then for each update in ascending order of position:
--      position in the slice, state letter, row ('' for a device that began), large output ('' when it is in the row);
--      then the lines of the log
-- Returns { owned, cancel requested, state, ended by this call }.
local n = ARGV[1]
local run = redis.call('HMGET', KEYS[1], 'state', 'cancel', 'rev', 'total', 'planned', n .. ':t', n .. ':s',
  'r', 's', 'f', 'k', 'c', 'u')
local state = run[1]
if not state or run[6] ~= ARGV[2] then return { 0, '', state or '', 0 } end
local counts = { r = run[8] or 0, s = run[9] or 0, f = run[10] or 0, k = run[11] or 0, c = run[12] or 0, u = run[13] or 0 }

-- Which updates count: a device moves from pending over running to its end, and no way back.
local entries, updates = run[7], tonumber(ARGV[9])
local taken, rows = {}, {}
for i = 10, 9 + 4 * updates, 4 do
  local offset, letter = ARGV[i] * 6 + 1, ARGV[i + 1]
  local old = string.sub(entries, offset, offset)
  if old == 'p' or (old == 'r' and letter ~= 'r') then
    taken[#taken + 1] = i
    if old == 'r' then counts.r = counts.r - 1 end
    counts[letter] = counts[letter] + 1
    if letter ~= 'r' then rows[#rows + 1] = ARGV[i + 2] end
  end
end
local lines = #ARGV - 9 - 4 * updates
if #taken == 0 and lines == 0 then return { 1, run[2] or '', state, 0 } end

local fields = { 'rev', run[3] + 1, 'r', counts.r, 's', counts.s, 'f', counts.f, 'k', counts.k, 'c', counts.c,
  'u', counts.u }
local ended = 0
if #taken > 0 then
  local number = #rows > 0 and redis.call('RPUSH', KEYS[2], unpack(rows)) - #rows or 0
  local pieces, copied = {}, 1
  for _, i in ipairs(taken) do
    local offset, letter, of_row = ARGV[i] * 6 + 1, ARGV[i + 1], 0
    if letter ~= 'r' then
      number = number + 1
      of_row = number
      if ARGV[i + 3] ~= '' then redis.call('HSET', KEYS[3], number - 1, ARGV[i + 3]) end
    end
    pieces[#pieces + 1] = string.sub(entries, copied, offset - 1)
    pieces[#pieces + 1] = string.format('%s%05x', letter, of_row)
    copied = offset + 6
  end
  pieces[#pieces + 1] = string.sub(entries, copied)
  entries = table.concat(pieces)
  fields[15], fields[16] = n .. ':s', entries
  -- Letters of unfinished devices are no hexadecimal digits, so they are found among the numbers.
  if not string.find(entries, '[pr]') then
    fields[17], fields[18] = n .. ':d', 1
    local final = counts.s + counts.f + counts.k + counts.c + counts.u
    if run[5] == '1' and final == tonumber(run[4]) then
      local event = counts.f + counts.c + counts.u > 0 and 'fail' or 'succeed'
      if state == 'cancelling' then event = 'finish-cancel' end
      state = transition(state, event)
      ended = 1
      fields[19], fields[20], fields[21], fields[22] = 'state', state, 'ended', ARGV[3]
    end
  end
end
redis.call('HSET', KEYS[1], unpack(fields))
if lines > 0 then
  local room = ARGV[6] - redis.call('LLEN', KEYS[4])
  local first = 10 + 4 * updates
  if room > 0 then redis.call('RPUSH', KEYS[4], unpack(ARGV, first, first + math.min(lines, room) - 1)) end
end
if ended == 1 then
  for i = 1, 4 do redis.call('PEXPIRE', KEYS[i], ARGV[4]) end
  if KEYS[5] then
    local lists = { succeeded = KEYS[6], failed = KEYS[7], cancelled = KEYS[8] }
    redis.call('ZREM', KEYS[5], ARGV[7])
    redis.call('ZADD', lists[state], ARGV[8], ARGV[7])
  end
end
redis.call('PUBLISH', ARGV[5], run[3] + 1)
return { 1, run[2] or '', state, ended }
