-- Reads gateways, service groups and certificates at one moment. They are thousands at most.
-- KEYS 1 revision, 2 gateways (hash by id), 3 service groups (hash by id), 4 certificates (hash by id)
-- Returns the revision and the fields and values of the three.
return {
  redis.call('GET', KEYS[1]) or '0',
  redis.call('HGETALL', KEYS[2]),
  redis.call('HGETALL', KEYS[3]),
  redis.call('HGETALL', KEYS[4]),
}
