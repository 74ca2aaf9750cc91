-- Takes an ended run out. Whoever gives its place up lets at least one be tried, because runs may differ in their limit.
-- KEYS 1 runs inside, 2 line, 3 limit
-- ARGV 1 run id, 2 how many runs to give at most
-- Returns the runs at the head of the line for which there may be room.
local was_inside = redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
local inside = redis.call('ZCARD', KEYS[1])
if redis.call('ZCARD', KEYS[2]) == 0 then
  if inside == 0 then redis.call('DEL', KEYS[3]) end
  return {}
end
local room = math.max(was_inside, (redis.call('GET', KEYS[3]) or 0) - inside)
if room < 1 then return {} end
return redis.call('ZRANGE', KEYS[2], 0, math.min(room, tonumber(ARGV[2])) - 1)
