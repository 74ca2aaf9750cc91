import { randomBytes } from 'node:crypto';
import type { RedisConnection } from '@runyard/redis';
import type { Keys } from './keys.ts';

/** A mark that one process at a time holds and that ends by itself. */
export interface Lease {
  /** True when this process holds it for another `ttlMs`. */
  hold(ttlMs: number): Promise<boolean>;
  release(): Promise<void>;
}

const HOLD = `
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`;
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

export function createLease(connection: RedisConnection, keys: Keys, name: string): Lease {
  const owner = randomBytes(8).toString('hex');
  const key = keys.lease(name);
  return {
    hold: async (ttlMs) => (await connection.eval(HOLD, 1, key, owner, ttlMs)) === 1,
    release: async () => void (await connection.eval(RELEASE, 1, key, owner)),
  };
}
