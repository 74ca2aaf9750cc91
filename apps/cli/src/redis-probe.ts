import type { Log } from '@runyard/domain';
import { closeRedis, connectRedis, type RedisConnection, type RedisSettings } from '@runyard/redis';

/**
 * Connects to a Redis, lets the work use it, and closes it. Rejects with why Redis cannot be reached, which the library
 * tells only its log.
 */
export async function withRedis<Value>(
  settings: RedisSettings,
  work: (connection: RedisConnection) => Promise<Value>,
): Promise<Value> {
  let reason: string | undefined;
  const keepReason: Log['warn'] = (_message, fields) => {
    if (typeof fields?.['error'] === 'string') reason ??= fields['error'];
  };
  const log: Log = { debug() {}, info() {}, warn: keepReason, error: keepReason };
  const connection = await connectRedis(settings, 'request', log).catch((error: unknown) => {
    throw new Error(reason || (error instanceof Error ? error.message : String(error)));
  });
  try {
    return await work(connection);
  } finally {
    await closeRedis(connection);
  }
}
