-- Writes what happened to devices of a slice, if the writer still owns it.
-- A device that is final stays as it is, so the same batch may come twice.
-- KEYS 1 record, 2 rows, 3 outputs, 4 log; and on one server, where all keys may meet: 5 open runs, and the runs that
--      6 succeeded, 7 failed, 8 were cancelled, 9 expired
-- ARGV 1 slice, 2 token, 3 now in ms, 4 time to live in ms, 5 channel, 6 limit of log lines, 7 run id,
--      8 creation time in µs, 9 number of updates, 10 '1' when every device without an end waits or '', then the updates in ascending order of position in the slice:
--      '<position>r' for a device that began; '<position>p' for one that is given back unfinished; '<position>w' for one that is, because it waits for something long; '<position><letter>', row for one that ended, and with '+' behind the
--      letter a third one: its large output; then the lines of the log
-- Returns { owned, to end, state, ended by this call, slice that may be queued now or '', paused,
--      ms until the next batch may begin when this call ended a batch or '' }.
local n = ARGV[1]
local run = redis.call('HMGET', KEYS[1], 'state', 'cancel', 'rev', 'total', 'planned', n .. ':t', n .. ':s',
  'r', 's', 'f', 'k', 'c', 'u', 'beside', n, 'paused', 'roll', 'stop', n .. ':w')
local state = run[1]
if not state or run[6] ~= ARGV[2] then return { 0, '', state or '', 0, '', 0, '' } end
local counts = { r = run[8] or 0, s = run[9] or 0, f = run[10] or 0, k = run[11] or 0, c = run[12] or 0, u = run[13] or 0 }

-- Which updates count: a device moves from pending over running to its end, and back only when its owner gives it back.
local entries, at = run[7], 11
local taken, rows, touched, waits = {}, {}, {}, false
for _ = 1, tonumber(ARGV[9]) do
  local position, letter, large = string.match(ARGV[at], '^(%d+)(%a)(%+?)$')
  if letter == 'w' then letter, waits = 'p', true end
  local offset = position * 6 + 1
  local old = string.sub(entries, offset, offset)
  if (old == 'p' and letter ~= 'p') or (old == 'r' and letter ~= 'r') then
    taken[#taken + 1] = { offset, letter, large == '+' and ARGV[at + 2] }
    if old == 'r' then
      counts.r = counts.r - 1
      touched.r = true
    end
    if letter ~= 'p' then
      counts[letter] = counts[letter] + 1
      touched[letter] = true
    end
    if letter ~= 'r' and letter ~= 'p' then rows[#rows + 1] = ARGV[at + 1] end
  end
  at = at + ((letter == 'r' or letter == 'p') and 1 or large == '+' and 3 or 2)
end
local lines = #ARGV - at + 1
-- Outputs and log are keys of their own that most runs do not have.
local beside = run[14]
local cancel, paused, stop = run[2], run[16] and 1 or 0, run[18]
-- A slice lets the next one of its cluster into the queue once: when all its devices wait, or when it is done.
local lets_on = ARGV[10] == '1' and not run[19]
if #taken == 0 and lines == 0 and not waits and not lets_on then return { 1, cancel or '', state, 0, '', paused, '' } end

local fields, ended, released, soak = { 'rev', run[3] + 1 }, 0, '', ''
local function put(field, value)
  fields[#fields + 1] = field
  fields[#fields + 1] = value
end
for letter in pairs(touched) do put(letter, counts[letter]) end
if waits and state == 'running' and tonumber(counts.r) == 0 then
  state = transition(state, 'wait')
  put('state', state)
elseif state == 'waiting' and tonumber(counts.r) > 0 then
  state = transition(state, 'start')
  put('state', state)
end

-- A rollout looks at its failures with each result, so that it stops in the middle of a batch too.
local batch, batch_end, soak_ms, failures_max, on_breach
if run[17] then
  batch, batch_end, soak_ms, failures_max, on_breach = string.match(run[17], '^(%d+) (%d+) (%d+) (%S+) (%a+)$')
  local failures = counts.f + counts.u
  if failures_max ~= '-' and failures > tonumber(failures_max) and not cancel and paused == 0 then
    local reason = string.format('%d of %d devices failed; the rollout allows %s.', failures, run[4], failures_max)
    if on_breach == 'pause' then
      paused = 1
      put('paused', cjson.encode({ atMs = tonumber(ARGV[3]), by = 'rollout', reason = reason }))
    else
      cancel, stop = ARGV[3], 'fail'
      put('cancel', cancel)
      put('stop', stop)
      put('error', cjson.encode({ code = 'ROLLOUT_STOPPED', message = reason }))
    end
  end
end
if #taken > 0 then
  local number = #rows > 0 and redis.call('RPUSH', KEYS[2], unpack(rows)) - #rows or 0
  local pieces, copied = {}, 1
  for _, update in ipairs(taken) do
    local offset, letter, of_row = update[1], update[2], 0
    if letter ~= 'r' and letter ~= 'p' then
      number = number + 1
      of_row = number
      if update[3] then
        redis.call('HSET', KEYS[3], number - 1, update[3])
        beside = true
      end
    end
    pieces[#pieces + 1] = string.sub(entries, copied, offset - 1)
    pieces[#pieces + 1] = string.format('%s%05x', letter, of_row)
    copied = offset + 6
  end
  pieces[#pieces + 1] = string.sub(entries, copied)
  entries = table.concat(pieces)
  put(n .. ':s', entries)
  -- Letters of unfinished devices are no hexadecimal digits, so they are found among the numbers.
  if not string.find(entries, '[pr]') then
    put(n .. ':d', 1)
    lets_on = not run[19]
    local final = counts.s + counts.f + counts.k + counts.c + counts.u
    if run[5] == '1' and final == tonumber(run[4]) then
      local event = counts.f + counts.c + counts.u > 0 and (stop or 'fail') or 'succeed'
      if state == 'cancelling' then event = 'finish-cancel' end
      state = transition(state, event)
      ended = 1
      put('state', state)
      put('ended', ARGV[3])
    elseif batch and not cancel and final == tonumber(batch_end) then
      soak = soak_ms
      put('nextAt', ARGV[3] + soak_ms)
    end
  end
end
-- The next slice of the cluster takes the place of this one in the queue. A cancelled run queues nothing more.
if lets_on and not cancel then
  local cluster = string.match(run[15], '^[^\t]*')
  local waiting = redis.call('HGET', KEYS[1], 'w:' .. cluster)
  if waiting and waiting ~= '' then
    local header = redis.call('HGET', KEYS[1], waiting)
    if not batch or string.match(header, '^[^\t]*\t%d+\t%d+\t(%d+)') == batch then
      released = waiting
      put('w:' .. cluster, string.match(header, '([^\t]*)$'))
      put(n .. ':w', 1)
    end
  end
end
if lines > 0 then
  beside = true
  local room = ARGV[6] - redis.call('LLEN', KEYS[4])
  if room > 0 then redis.call('RPUSH', KEYS[4], unpack(ARGV, at, at + math.min(lines, room) - 1)) end
end
if beside and not run[14] then put('beside', 1) end
redis.call('HSET', KEYS[1], unpack(fields))
if ended == 1 then
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
  if beside then
    redis.call('PEXPIRE', KEYS[3], ARGV[4])
    redis.call('PEXPIRE', KEYS[4], ARGV[4])
  end
  if KEYS[5] then
    local lists = { succeeded = KEYS[6], failed = KEYS[7], cancelled = KEYS[8], expired = KEYS[9] }
    redis.call('ZREM', KEYS[5], ARGV[7])
    redis.call('ZADD', lists[state], ARGV[8], ARGV[7])
  end
end
redis.call('PUBLISH', ARGV[5], (run[3] + 1) .. (ended == 1 and ' end' or ''))
return { 1, cancel or '', state, ended, released, paused, soak }
