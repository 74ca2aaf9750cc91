-- Writes a new user unless there is one of its name, in capitals or not: who is taken for whom must not hang on that.
-- KEYS 1 users (hash), 2 revision
-- ARGV 1 name, in ASCII, 2 version of the user, 3 user JSON, 4 channel of changes
-- Returns nothing when written, else the name that is taken. Called again it finds its own.
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return ARGV[1] end
local wanted = string.lower(ARGV[1])
for _, name in ipairs(redis.call('HKEYS', KEYS[1])) do
  if string.lower(name) == wanted then return name end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. ARGV[3])
redis.call('PUBLISH', ARGV[4], redis.call('INCR', KEYS[2]))
return false
