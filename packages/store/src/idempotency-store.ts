import { createHash } from 'node:crypto';
import {
  IDEMPOTENCY_KEEP_MS,
  type IdempotencyRecord,
  type IdempotencyScope,
  type IdempotencyStore,
} from '@runyard/domain';
import { defineScripts, loadScript, type RedisConnection, runScript } from '@runyard/redis';
import type { Keys } from './keys.ts';
import { known } from './store-errors.ts';

const CLAIM_KEY = loadScript(new URL('./lua/claim-key-1.lua', import.meta.url));
const REPLACE_KEY = loadScript(new URL('./lua/replace-key-1.lua', import.meta.url));

/** Idempotency keys in Redis, which forgets them by itself. Rejects with STORE_UNAVAILABLE while it is away. */
export function createIdempotencyStore(connection: RedisConnection, keys: Keys): IdempotencyStore {
  defineScripts(connection, [CLAIM_KEY, REPLACE_KEY]);
  const keyOf = (scope: IdempotencyScope): string => keys.idempotency(hashOf(scope));
  return {
    async claim(scope, record) {
      const args = [encode(record), IDEMPOTENCY_KEEP_MS];
      const found = await known(runScript<string | null>(connection, CLAIM_KEY, [keyOf(scope)], args));
      return found === null ? null : decode(found);
    },
    async replace(scope, expected, next) {
      const args = [encode(expected), next ? encode(next) : ''];
      return (await known(runScript<number>(connection, REPLACE_KEY, [keyOf(scope)], args))) === 1;
    },
  };
}

/** Of one length whatever the caller wrote, so that no key of Redis is made of foreign text. */
function hashOf({ principal, key }: IdempotencyScope): string {
  return createHash('sha256')
    .update(JSON.stringify([principal, key]))
    .digest('hex')
    .slice(0, 40);
}

type Encoded = readonly [bodyHash: string, runId: string, createdAtUs: number, atMs: number, accepted: 0 | 1];

/** The same record always gives the same text: the scripts compare it. */
function encode({ bodyHash, runId, createdAtUs, atMs, accepted }: IdempotencyRecord): string {
  const encoded: Encoded = [bodyHash, runId, createdAtUs, atMs, accepted ? 1 : 0];
  return JSON.stringify(encoded);
}

function decode(text: string): IdempotencyRecord {
  const [bodyHash, runId, createdAtUs, atMs, accepted] = JSON.parse(text) as Encoded;
  return { bodyHash, runId, createdAtUs, atMs, accepted: accepted === 1 };
}
