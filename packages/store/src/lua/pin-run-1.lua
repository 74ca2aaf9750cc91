-- Writes a text down for a run that is there, once. Repeating it changes nothing.
-- KEYS 1 record
-- ARGV 1 text
-- Returns the text that is written down; ARGV 1 when there is no such run.
if redis.call('EXISTS', KEYS[1]) == 0 then return ARGV[1] end
redis.call('HSETNX', KEYS[1], 'pin', ARGV[1])
return redis.call('HGET', KEYS[1], 'pin')
