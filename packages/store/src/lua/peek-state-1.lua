-- The beginning of the sealed content of a state, in which the id of its key is; the content itself may be large.
-- KEYS 1 state
-- ARGV none
-- Returns the first 32 characters, or nil when there is no such state. It changes nothing.
local content = redis.call('HGET', KEYS[1], 'content')
return content and string.sub(content, 1, 32)
