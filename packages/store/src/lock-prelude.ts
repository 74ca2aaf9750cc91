import { LOCK_LEASE_MS, LOCK_LINE_MAX } from '@runyard/domain';

/** Data of a lock that nobody uses are kept this long, for its token. Later the time alone makes tokens grow. */
const KEEP_MS = 3_600_000;
/** Stale wishes that one call drops, so that none takes long. */
const DROPS_MAX = 500;

/**
 * Lua functions that the scripts of locks share. Each has the keys of one lock: KEYS 1 lock, 2 line, 3 seen, 4 wishes;
 * and ARGV 1 the channel of grants. All times are those of Redis.
 *
 * A lock is free when it has no member. Then nobody waits either, except behind more stale wishes than one call drops.
 */
export const LOCK_PRELUDE = `
local LEASE_MS, LINE_MAX, KEEP_MS, DROPS_MAX = ${LOCK_LEASE_MS}, ${LOCK_LINE_MAX}, ${KEEP_MS}, ${DROPS_MAX}
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function next_token(before)
  return math.max((tonumber(before) or 0) + 1, now)
end
local function give(key, member, holder, owner)
  local token = next_token(redis.call('HGET', KEYS[1], 'token'))
  redis.call('HSET', KEYS[1], 'key', key, 'token', token, 'member', member, 'holder', holder, 'owner', owner,
    'since', now, 'until', now + LEASE_MS)
  redis.call('PEXPIRE', KEYS[1], KEEP_MS)
  return token
end
local function free()
  redis.call('HDEL', KEYS[1], 'member', 'holder', 'owner', 'since', 'until')
end
local function drop(member)
  redis.call('ZREM', KEYS[2], member)
  redis.call('ZREM', KEYS[3], member)
  redis.call('HDEL', KEYS[4], member)
end
local function drop_stale()
  local stale = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now - LEASE_MS, 'LIMIT', 0, DROPS_MAX)
  for _, member in ipairs(stale) do drop(member) end
end
-- Gives a free lock to whoever waits longest, and says so. Returns member and token, or nothing when nobody waits.
local function give_to_next()
  for _ = 1, DROPS_MAX do
    local member = redis.call('ZRANGE', KEYS[2], 0, 0)[1]
    if not member then return end
    local seen = redis.call('ZSCORE', KEYS[3], member)
    local owner, holder = string.match(redis.call('HGET', KEYS[4], member) or '', '^(%x+) (.*)$')
    drop(member)
    if holder and seen and tonumber(seen) > now - LEASE_MS then
      local key = redis.call('HGET', KEYS[1], 'key')
      local token = give(key, member, holder, owner)
      redis.call('PUBLISH', ARGV[1], holder .. '\\n' .. key)
      return member, token
    end
  end
end
-- The lock as it is now: member, token, owner, holder; a lease that is over ends here.
local function current()
  local lock = redis.call('HMGET', KEYS[1], 'member', 'token', 'owner', 'holder', 'until')
  if lock[1] and tonumber(lock[5]) <= now then
    free()
    lock[1] = false
  end
  return lock
end
`;
