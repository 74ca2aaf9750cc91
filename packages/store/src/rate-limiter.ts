import { rateBurst, type RateLimiter } from '@runyard/domain';
import { defineScripts, type RedisConnection } from '@runyard/redis';
import type { Keys } from './keys.ts';
import { TAKE_PERMITS, takePermits } from './take-permits.ts';

/**
 * Permits by the clock of Redis, so that those of the workers do not matter. One time per cluster is kept, and no
 * longer than it counts. Rejects with STORE_UNAVAILABLE while Redis is away.
 */
export function createRateLimiter(connection: RedisConnection, keys: Keys): RateLimiter {
  defineScripts(connection, [TAKE_PERMITS]);
  return {
    take: (cluster, rate, wanted) =>
      takePermits(connection, {
        key: keys.rate(cluster),
        count: rate.devices,
        perMs: rate.perMs,
        burst: rateBurst(rate),
        wanted,
      }),
  };
}
