-- Takes a slice: whoever had it before can write nothing any more, because the token grows.
-- KEYS 1 record
-- ARGV 1 slice, 2 owner, 3 now in ms, 4 channel
-- Returns 'gone', 'done', or { spec, token, header, names, entries of its devices, inventory, started, cancel }.
local n = ARGV[1]
local run = redis.call('HMGET', KEYS[1], 'state', 'spec', 'started', 'cancel', 'rev', 'inventory',
  n, n .. ':n', n .. ':s', n .. ':t', n .. ':d')
local state, header = run[1], run[7]
if not state or not header then return 'gone' end
if run[11] or is_terminal(state) then return 'done' end
local token = (run[10] or 0) + 1
local started = run[3] or ARGV[3]
if state == 'queued' then
  redis.call('HSET', KEYS[1], n .. ':t', token, n .. ':o', ARGV[2],
    'state', transition(state, 'start'), 'started', started, 'rev', run[5] + 1)
  redis.call('PUBLISH', ARGV[4], run[5] + 1)
else
  redis.call('HSET', KEYS[1], n .. ':t', token, n .. ':o', ARGV[2])
end
return { run[2], token, header, run[8], run[9], run[6] or '', started, run[4] or '' }
