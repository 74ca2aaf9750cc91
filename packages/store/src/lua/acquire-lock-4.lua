-- Gives a lock, or keeps a place in its line.
-- KEYS 1 lock, 2 line, 3 seen, 4 wishes
-- ARGV 1 channel of grants, 2 key, 3 member (run/device), 4 holder, 5 owner (who asks for it)
-- Returns { token, 1 when it may have waited before }, or { 0, place, holder or '', 1 when the wish is new }.
local key, member, holder, owner = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local lock = current()
if lock[1] == member then
  local token = tonumber(lock[2])
  if lock[3] ~= owner then
    -- Another worker has taken the device over: what the one before has is worth nothing any more.
    token = next_token(token)
    redis.call('HSET', KEYS[1], 'token', token, 'owner', owner)
  end
  redis.call('HSET', KEYS[1], 'until', now + LEASE_MS)
  redis.call('PEXPIRE', KEYS[1], KEEP_MS)
  return { token, 1 }
end

drop_stale()
local waiting = redis.call('ZCARD', KEYS[2])
if not lock[1] and waiting == 0 then return { give(key, member, holder, owner), 0 } end

local is_new = redis.call('ZSCORE', KEYS[2], member) == false
if is_new then
  if waiting >= LINE_MAX then return { 0, LINE_MAX + 1, lock[4] or '', 0 } end
  redis.call('HSET', KEYS[1], 'key', key)
  redis.call('ZADD', KEYS[2], redis.call('HINCRBY', KEYS[1], 'asked', 1), member)
end
redis.call('ZADD', KEYS[3], now, member)
redis.call('HSET', KEYS[4], member, owner .. ' ' .. holder)
redis.call('PEXPIRE', KEYS[1], KEEP_MS)
for index = 2, 4 do redis.call('PEXPIRE', KEYS[index], 2 * LEASE_MS) end

if not lock[1] then
  local next_member, token = give_to_next()
  if next_member == member then return { token, 1 } end
  lock = current()
end
local rank = redis.call('ZRANK', KEYS[2], member)
return { 0, (rank or 0) + 1, lock[1] and lock[4] or '', is_new and 1 or 0 }
