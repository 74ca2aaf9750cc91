-- Takes a slice: whoever had it before can write nothing any more, because the token grows.
-- KEYS 1 record, 2 slices, 3 table
-- ARGV 1 slice, 2 owner, 3 now in ms, 4 channel
-- Returns 'gone', 'done', or { spec, token, header, names, segment of the table, inventory, started, cancel }.
local run = redis.call('HMGET', KEYS[1], 'spec', 'state', 'started', 'cancel', 'rev')
if not run[1] then return 'gone' end
local n = ARGV[1]
local slice = redis.call('HMGET', KEYS[2], n, n .. ':n', n .. ':d', 'inventory')
if not slice[1] then return 'gone' end
if slice[3] or not next(TRANSITIONS[run[2]]) then return 'done' end
local token = redis.call('HINCRBY', KEYS[2], n .. ':t', 1)
redis.call('HSET', KEYS[2], n .. ':o', ARGV[2])
local started = run[3]
if run[2] == 'queued' then
  started = ARGV[3]
  redis.call('HSET', KEYS[1], 'state', TRANSITIONS.queued.start, 'started', started, 'rev', run[5] + 1)
  redis.call('PUBLISH', ARGV[4], run[5] + 1)
end
local first, count = string.match(slice[1], '^[^\t]*\t(%d+)\t(%d+)')
local segment = redis.call('GETRANGE', KEYS[3], first * 6, (first + count) * 6 - 1)
return { run[1], token, slice[1], slice[2], segment, slice[4] or '', started or ARGV[3], run[4] or '' }
