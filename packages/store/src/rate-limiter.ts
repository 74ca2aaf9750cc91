import { rateBurst, type RateLimiter } from '@runyard/domain';
import { defineScripts, loadScript, type RedisConnection, runScript } from '@runyard/redis';
import type { Keys } from './keys.ts';
import { known } from './store-errors.ts';

const TAKE_PERMITS = loadScript(new URL('./lua/take-permits-1.lua', import.meta.url));

/**
 * Permits by the clock of Redis, so that those of the workers do not matter. One time per cluster is kept, and no
 * longer than it counts. Rejects with STORE_UNAVAILABLE while Redis is away.
 */
export function createRateLimiter(connection: RedisConnection, keys: Keys): RateLimiter {
  defineScripts(connection, [TAKE_PERMITS]);
  return {
    async take(cluster, rate, wanted) {
      const args = [rate.devices, rate.perMs, wanted, rateBurst(rate)];
      const [granted, retryAfterMs] = await known(
        runScript<[number, number]>(connection, TAKE_PERMITS, [keys.rate(cluster)], args),
      );
      return { granted, retryAfterMs };
    },
  };
}
