-- Takes a wish back, also when it was fulfilled meanwhile. What another worker asked for since is left alone.
-- KEYS 1 lock, 2 line, 3 seen, 4 wishes. ARGV 1 channel of grants, 2 member, 3 owner.
local wish = redis.call('HGET', KEYS[4], ARGV[2])
if wish and string.match(wish, '^%x+') == ARGV[3] then drop(ARGV[2]) end
local lock = current()
if lock[1] == ARGV[2] and lock[3] == ARGV[3] then
  free()
  lock[1] = false
end
if not lock[1] then give_to_next() end
