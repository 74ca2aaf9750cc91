-- Extends a lease. One that is over ends here, and whoever waits gets the lock.
-- KEYS 1 lock, 2 line, 3 seen, 4 wishes. ARGV 1 channel of grants, 2 token.
-- Returns 1, or 0 when the lease is lost.
local lock = current()
if not lock[1] then give_to_next() return 0 end
if lock[2] ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'until', now + LEASE_MS)
redis.call('PEXPIRE', KEYS[1], KEEP_MS)
return 1
