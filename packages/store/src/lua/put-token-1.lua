-- Writes a login token; drops those of the same holder whose time is over, and those that end first when there are too many.
-- KEYS 1 tokens of the holder (hash)
-- ARGV 1 hash of the token, 2 when it ends (ms), 3 token JSON, 4 how many are kept at most, 5 now (ms)
-- Returns nothing.
local held = {}
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local ends = tonumber(string.match(all[i + 1], '^(%d+)')) or 0
  if ends <= tonumber(ARGV[5]) then
    redis.call('HDEL', KEYS[1], all[i])
  else
    held[#held + 1] = { all[i], ends }
  end
end
table.sort(held, function(a, b) return a[2] < b[2] end)
for i = 1, #held - (tonumber(ARGV[4]) - 1) do redis.call('HDEL', KEYS[1], held[i][1]) end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. ARGV[3])
local last = tonumber(ARGV[2])
for i = 1, #held do if held[i][2] > last then last = held[i][2] end end
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', last))
return false
