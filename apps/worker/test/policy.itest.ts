import { afterEach, describe, expect, it } from '@jest/globals';
import { MemoryLog, needs, startTestRedis, type TestRedis } from '@runyard/testkit';
import { Worker } from '../src/worker.ts';

let redis: TestRedis;
let worker: Worker;
afterEach(async () => {
  await worker.stop();
  await redis.stop();
});

needs(describe, 'redis-server')('a worker on a Redis that drops keys', () => {
  it('does not start, and names the setting', async () => {
    redis = await startTestRedis({ extraArgs: ['--maxmemory-policy', 'allkeys-lru'] });
    worker = new Worker({
      redis: { url: redis.url },
      keyPrefix: 'test',
      cluster: 'ams',
      version: '0',
      slots: 1,
      sliceConcurrency: 1,
      stopGraceMs: 1_000,
      outputBytesMax: 1_048_576,
      secretKey: new Uint8Array(32),
      health: null,
      log: new MemoryLog(),
      clock: { nowMs: () => Date.now() },
      rememberSecret: () => undefined,
      serviceTypes: () => {
        throw new Error('a worker that does not start needs none');
      },
    });
    await expect(worker.start()).rejects.toMatchObject({
      code: 'STORE_POLICY_WRONG',
      message: expect.stringContaining('maxmemory-policy of Redis is allkeys-lru'),
    });
    expect(await redis.ask('DBSIZE')).toBe('0');
  });
});
