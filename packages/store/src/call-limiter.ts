import { createHash } from 'node:crypto';
import type { CallCounter, CallLimiter } from '@runyard/domain';
import { defineScripts, type RedisConnection } from '@runyard/redis';
import type { Keys } from './keys.ts';
import { TAKE_PERMITS, takePermits } from './take-permits.ts';

/**
 * Calls by the clock of Redis, so that all gateways count the same. One time per client is kept, and no longer than it
 * counts. Rejects with STORE_UNAVAILABLE while Redis is away.
 */
export function createCallLimiter(connection: RedisConnection, keys: Keys): CallLimiter {
  defineScripts(connection, [TAKE_PERMITS]);
  return {
    async take(counter, { requests, perMs }) {
      const { granted, retryAfterMs } = await takePermits(connection, {
        key: keys.calls(hashOf(counter)),
        count: requests,
        perMs,
        burst: requests,
        wanted: 1,
      });
      return granted === 1 ? 0 : retryAfterMs;
    },
  };
}

/** Foreign texts of any length, as one of a fixed length. */
function hashOf({ service, endpoint, client }: CallCounter): string {
  return createHash('sha256')
    .update(JSON.stringify([service, endpoint ?? null, client]))
    .digest('base64url');
}
