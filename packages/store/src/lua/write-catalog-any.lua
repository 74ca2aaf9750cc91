-- Writes changes of the catalog, all or nothing.
-- KEYS 1 revision, 2 changes (stream), then one hash for each kind of the catalog
-- ARGV 1 expected revision, 2 now in ms, 3 prefix of the hashes that keep the versions of services (same hash tag),
--      then for each change: number of its kind's key among KEYS, kind, name, item JSON ('' deletes), set of files
--      that has it from now on ('' leaves that as it is)
-- An item is kept as `<version> <time>[,<set>] <JSON>`, a schedule as `<version> <time>,<set or nothing>,<revision with
-- which it came> <JSON>`.
-- Returns the new revision, or -1 when the catalog is not at the expected one: then nothing was written, so a call that
-- is repeated after it was written does nothing.
local revision = tonumber(redis.call('GET', KEYS[1]) or 0)
if revision ~= tonumber(ARGV[1]) then return -1 end
revision = revision + 1
for i = 4, #ARGV, 5 do
  local key, kind, name, item, set = KEYS[tonumber(ARGV[i])], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
  local stored = redis.call('HGET', key, name)
  if item == '' then
    redis.call('HDEL', key, name)
  else
    local version, time, content, before = 1, ARGV[2], nil, ''
    local since = kind == 'schedule' and not stored and tostring(revision) or ''
    if stored then
      local head
      version, head, content = string.match(stored, '^(%d+) ([^ ]+) (.*)$')
      time, before, since = string.match(head, '^(%d+),?([^,]*),?(%d*)$')
      version = tonumber(version)
    end
    if set == '' then set = before end
    if content ~= item then
      time = ARGV[2]
      -- The version goes on counting when a service comes back after it was deleted: runs pin a version for ever.
      if kind == 'service' then
        version = redis.call('HINCRBY', ARGV[3] .. name, 'last', 1)
        redis.call('HSET', ARGV[3] .. name, version, item)
      elseif stored then
        version = version + 1
      end
    end
    if content ~= item or set ~= before then
      if set ~= '' or since ~= '' then time = time .. ',' .. set end
      if since ~= '' then time = time .. ',' .. since end
      redis.call('HSET', key, name, version .. ' ' .. time .. ' ' .. item)
    end
  end
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', 10000, '*', 'r', revision, 'k', kind, 'n', name)
end
redis.call('SET', KEYS[1], revision)
return revision
