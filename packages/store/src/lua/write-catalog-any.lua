-- Writes changes of the catalog, all or nothing.
-- KEYS 1 revision, 2 changes (stream), then one hash for each kind of the catalog
-- ARGV 1 expected revision, 2 now in ms, 3 prefix of the hashes that keep the versions of services (same hash tag),
--      then for each change: number of its kind's key among KEYS, kind, name, item JSON ('' deletes)
-- Returns the new revision, or -1 when the catalog is not at the expected one.
local revision = tonumber(redis.call('GET', KEYS[1]) or 0)
if revision ~= tonumber(ARGV[1]) then return -1 end
revision = revision + 1
for i = 4, #ARGV, 4 do
  local key, kind, name, item = KEYS[tonumber(ARGV[i])], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local stored = redis.call('HGET', key, name)
  local same = item ~= '' and stored and string.match(stored, '^%d+ %d+ (.*)$') == item
  if item == '' then
    redis.call('HDEL', key, name)
  elseif not same then
    -- The version goes on counting when a service comes back after it was deleted: runs pin a version for ever.
    local version = 1
    if kind == 'service' then
      version = redis.call('HINCRBY', ARGV[3] .. name, 'last', 1)
      redis.call('HSET', ARGV[3] .. name, version, item)
    elseif stored then
      version = tonumber(string.match(stored, '^(%d+)')) + 1
    end
    redis.call('HSET', key, name, version .. ' ' .. ARGV[2] .. ' ' .. item)
  end
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', 10000, '*', 'r', revision, 'k', kind, 'n', name)
end
redis.call('SET', KEYS[1], revision)
return revision
