-- Makes the written slices count.
-- KEYS 1 record
-- ARGV 1 total, 2 number of slices, 3 '1' when sorted, 4 inventory, 5 channel, 6 devices of a slice at once or '',
--      7 the first batch of a rollout or '', 8 devices up to the end of each batch, 9 window, 10 revision of rights or '', then for each cluster that has more slices than may be queued: its name, the first slice that waits
-- Returns 'gone', 'planned', 'ended' or 'ok'.
local run = redis.call('HMGET', KEYS[1], 'state', 'planned', 'rev')
if not run[1] then return 'gone' end
if is_terminal(run[1]) then return 'ended' end
if run[2] == '1' then return 'planned' end
if run[1] ~= 'queued' then return 'ended' end
redis.call('HSET', KEYS[1], 'planned', 1, 'total', ARGV[1], 'slices', ARGV[2], 'sorted', ARGV[3], 'rev', run[3] + 1)
if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], 'inventory', ARGV[4]) end
if ARGV[6] ~= '' then redis.call('HSET', KEYS[1], 'limit', ARGV[6]) end
if ARGV[7] ~= '' then redis.call('HSET', KEYS[1], 'roll', ARGV[7], 'rolls', ARGV[8], 'window', ARGV[9]) end
if ARGV[10] ~= '' then redis.call('HSET', KEYS[1], 'rights', ARGV[10]) end
for i = 11, #ARGV, 2 do redis.call('HSET', KEYS[1], 'w:' .. ARGV[i], ARGV[i + 1]) end
redis.call('HDEL', KEYS[1], 'targets')
redis.call('PUBLISH', ARGV[5], run[3] + 1)
return 'ok'
