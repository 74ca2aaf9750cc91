import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RateLimiter } from '@runyard/domain';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import {
  callLimiterConformance,
  MemoryLog,
  needs,
  rateLimiterConformance,
  runGateConformance,
  startTestRedis,
  startTestRedisCluster,
  waitFor,
} from '@runyard/testkit';
import { createCallLimiter, createKeys, createRateLimiter, createRunGate } from '../src/index.ts';

const keys = createKeys('test');
const describeOnRedis = needs(describe, 'redis-server');

describeOnRedis('in Redis', () => describeLimits(() => startTestRedis()));
describeOnRedis('in a Redis Cluster', () => describeLimits(() => startTestRedisCluster()));

function describeLimits(start: () => Promise<{ readonly url: string; stop(): Promise<void> }>): void {
  let redis: { readonly url: string; stop(): Promise<void> };
  let connection: RedisConnection;
  beforeAll(async () => {
    redis = await start();
    connection = await connectRedis({ url: redis.url }, 'request', new MemoryLog());
  });
  afterAll(async () => {
    await closeRedis(connection);
    await redis.stop();
  });

  describe('the gate', () => {
    it.each(runGateConformance)('$title', async ({ check }) => {
      await expect(check(createRunGate(connection, keys))).resolves.toBeUndefined();
    });

    it('leaves no key when nobody is in and nobody waits', async () => {
      const gate = createRunGate(connection, keys);
      await gate.enter('gone', 'a', 1, 1);
      await gate.enter('gone', 'b', 2, 1);
      const { inside, line, limit } = keys.gate('gone');
      expect(await connection.exists(inside, line, limit)).toBe(3);
      await gate.leave('gone', 'a');
      await gate.leave('gone', 'b');
      expect(await connection.exists(inside, line, limit)).toBe(0);
    });
  });

  describe('the rate limiter', () => {
    it.each(rateLimiterConformance)('$title', async ({ check }) => {
      await expect(check(createRateLimiter(connection, keys))).resolves.toBeUndefined();
    });

    it('gives one permit after the other as time goes on, and never more than the rate and a tenth of a second of it', async () => {
      const limiter = createRateLimiter(connection, keys);
      const rate = { devices: 200, perMs: 1_000 };
      const granted = await takeFor(limiter, rate, 300);
      for (const [index, from] of granted.entries()) {
        let permits = 0;
        for (const to of granted.slice(index)) {
          permits += to.permits;
          // The call of the permit lay somewhere between the two times, so the window is taken at its widest.
          const windowMs = to.afterMs - from.beforeMs;
          expect(permits).toBeLessThanOrEqual((windowMs * rate.devices) / rate.perMs + 20 + 1);
        }
      }
    });

    it('forgets a cluster that is not used', async () => {
      await createRateLimiter(connection, keys).take('idle', { devices: 100, perMs: 1_000 }, 1);
      expect(await connection.pttl(keys.rate('idle'))).toBeLessThanOrEqual(1_100);
    });
  });

  describe('the counter of calls', () => {
    it.each(callLimiterConformance)('$title', async ({ check }) => {
      await expect(check(createCallLimiter(connection, keys))).resolves.toBeUndefined();
    });

    it('counts the calls of all gateways together', async () => {
      const other = await connectRedis({ url: redis.url }, 'request', new MemoryLog());
      const counter = { service: 'shared', client: '192.0.2.1' };
      const rate = { requests: 2, perMs: 3_600_000 };
      expect(await createCallLimiter(connection, keys).take(counter, rate)).toBe(0);
      expect(await createCallLimiter(other, keys).take(counter, rate)).toBe(0);
      expect(await createCallLimiter(connection, keys).take(counter, rate)).toBeGreaterThan(0);
      await closeRedis(other);
    });

    it('forgets a client that does not call any more', async () => {
      const key = 'test:calls:{idle}';
      const limiter = createCallLimiter(connection, { ...keys, calls: () => key });
      await limiter.take({ service: 'idle', client: '192.0.2.1' }, { requests: 10, perMs: 1_000 });
      expect(await connection.pttl(key)).toBeGreaterThan(0);
      expect(await connection.pttl(key)).toBeLessThanOrEqual(1_100);
    });
  });
}

/** Takes as fast as it gets an answer until there were so many permits: when each call was made, and what it gave. */
async function takeFor(limiter: RateLimiter, rate: { devices: number; perMs: number }, permitsMin: number) {
  const taken: { beforeMs: number; afterMs: number; permits: number }[] = [];
  let sum = 0;
  await waitFor(
    async () => {
      const beforeMs = Date.now();
      const { granted } = await limiter.take('busy', rate, 7);
      if (granted > 0) taken.push({ beforeMs, afterMs: Date.now(), permits: granted });
      sum += granted;
      return sum >= permitsMin;
    },
    { timeoutMs: 30_000, intervalMs: 1 },
  );
  return taken;
}
