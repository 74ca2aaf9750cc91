-- Ends a lease, if it still is this one, and gives the lock to the next in the line.
-- KEYS 1 lock, 2 line, 3 seen, 4 wishes. ARGV 1 channel of grants, 2 token.
-- Returns 1 when nobody has the lock now, else 0.
local lock = current()
if lock[1] then
  if lock[2] ~= ARGV[2] then return 0 end
  free()
end
return give_to_next() and 0 or 1
