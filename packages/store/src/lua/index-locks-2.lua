-- Notes locks that are held, and forgets some whose leases are over for long.
-- KEYS 1 held, 2 held by the end of the lease. ARGV 1 milliseconds that a lease lasts, 2… keys of locks.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for index = 2, #ARGV do
  redis.call('ZADD', KEYS[1], 0, ARGV[index])
  redis.call('ZADD', KEYS[2], now + ARGV[1], ARGV[index])
end
for _, key in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[1], 'LIMIT', 0, 100)) do
  redis.call('ZREM', KEYS[1], key)
  redis.call('ZREM', KEYS[2], key)
end
for index = 1, 2 do redis.call('PEXPIRE', KEYS[index], 6 * ARGV[1]) end
