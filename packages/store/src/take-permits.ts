import { loadScript, type RedisConnection, runScript } from '@runyard/redis';
import { known } from './store-errors.ts';

export const TAKE_PERMITS = loadScript(new URL('./lua/take-permits-1.lua', import.meta.url));

interface Permits {
  readonly key: string;
  /** So many in each period. */
  readonly count: number;
  readonly perMs: number;
  /** So many at once after a pause. */
  readonly burst: number;
  readonly wanted: number;
}

/** How many were granted, and after how many milliseconds there is another one; 0 when all were. */
export async function takePermits(
  connection: RedisConnection,
  { key, count, perMs, burst, wanted }: Permits,
): Promise<{ readonly granted: number; readonly retryAfterMs: number }> {
  const args = [count, perMs, wanted, burst];
  const [granted, retryAfterMs] = await known(runScript<[number, number]>(connection, TAKE_PERMITS, [key], args));
  return { granted, retryAfterMs };
}
