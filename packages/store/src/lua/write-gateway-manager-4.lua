-- Writes and deletes gateways, service groups and certificates, if nobody else did since they were read.
-- KEYS 1 revision, 2 gateways (hash by id), 3 service groups (hash by id), 4 certificates (hash by id)
-- ARGV 1 expected revision, 2 channel of changes, then for each change: number of the key (2 to 4), id, JSON or nothing to delete
-- Returns the new revision, or -1 when it is not the expected one.
if (redis.call('GET', KEYS[1]) or '0') ~= ARGV[1] then return -1 end
for i = 3, #ARGV, 3 do
  local key = KEYS[tonumber(ARGV[i])]
  if ARGV[i + 2] == '' then
    redis.call('HDEL', key, ARGV[i + 1])
  else
    redis.call('HSET', key, ARGV[i + 1], ARGV[i + 2])
  end
end
local revision = redis.call('INCR', KEYS[1])
redis.call('PUBLISH', ARGV[2], revision)
return revision
