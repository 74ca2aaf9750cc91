-- Ends the lease of whoever has it, and gives the lock to the next in the line.
-- KEYS 1 lock, 2 line, 3 seen, 4 wishes. ARGV 1 channel of grants.
-- Returns { holder, token, since, until, number of those who waited }, or false when nobody had it.
local lock = current()
local found = false
if lock[1] then
  local times = redis.call('HMGET', KEYS[1], 'since', 'until', 'key')
  found = { lock[4], tonumber(lock[2]), tonumber(times[1]), tonumber(times[2]), redis.call('ZCARD', KEYS[2]) }
  free()
  -- So that who had it looks at once, also when nobody waits.
  redis.call('PUBLISH', ARGV[1], lock[4] .. '\n' .. times[3])
end
give_to_next()
return found
