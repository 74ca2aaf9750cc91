import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import {
  deliveryStoreConformance,
  MemoryLog,
  needs,
  sampleDelivery,
  samplePlan,
  sampleSpec,
  startTestRedis,
  startTestRedisCluster,
  type TestRedis,
  type TestRedisCluster,
} from '@runyard/testkit';
import { createDeliveryStore, createKeys, createRunRetention, createRunStore } from '../src/index.ts';

const keys = createKeys('test');
const DAY_MS = 86_400_000;
const NOW_MS = Date.now();

for (const [kind, startRedis] of [
  ['one Redis', () => startTestRedis()],
  ['a Redis Cluster', () => startTestRedisCluster()],
] as const) {
  needs(describe, 'redis-server')(`deliveries in ${kind}`, () => {
    let redis: TestRedis | TestRedisCluster;
    let connection: RedisConnection;
    beforeAll(async () => {
      redis = await startRedis();
      connection = await connectRedis({ url: redis.url }, 'request', new MemoryLog());
    });
    afterAll(async () => {
      await closeRedis(connection);
      await redis.stop();
    });
    beforeEach(() => redis.flush());

    it.each(deliveryStoreConformance)('$title', async ({ check }) => {
      const store = createDeliveryStore(connection, keys);
      const enlist = async (runId: string, atMs: number) =>
        void (await connection.zadd(keys.deliveries, atMs * 1_000, runId));
      await expect(check({ store, enlist })).resolves.toBeUndefined();
    });

    describe('with the records of runs', () => {
      const options = () => ({ connection, keys, nowMs: () => NOW_MS });
      const notify = [{ url: 'https://receiver.example' }];

      it('enlists a run that has receivers when it is accepted, and no other', async () => {
        const [runs, store] = [createRunStore(options()), createDeliveryStore(connection, keys)];
        const told = sampleSpec({ notify });
        await runs.accept(told, samplePlan(['d1']));
        await runs.accept(sampleSpec(), samplePlan(['d1']));
        expect(await store.take(NOW_MS, NOW_MS + 1, 10)).toEqual([told.id]);
      });

      it('removes no run before what its receivers get is written down', async () => {
        const [runs, store] = [createRunStore(options()), createDeliveryStore(connection, keys)];
        const retention = createRunRetention(options());
        const { id } = sampleSpec();
        await runs.accept(sampleSpec({ id, notify }), null);
        await runs.requestCancel(id);
        expect(await retention.remove([id])).toBe(0);
        await store.begin(id, { run: '{}', event: 'cancelled', deliveries: [sampleDelivery(id, 0)] }, DAY_MS);
        expect(await retention.remove([id])).toBe(1);
        expect(await runs.get(id)).toBeNull();
        expect((await store.read(id))?.run).toBe('{}');
      });

      it('leaves nothing of a run that is removed when its receivers were told, and lets all else expire', async () => {
        const [runs, store] = [createRunStore(options()), createDeliveryStore(connection, keys)];
        const { id } = sampleSpec();
        await runs.accept(sampleSpec({ id, notify }), null);
        await runs.requestCancel(id);
        await store.take(NOW_MS, NOW_MS + 5, 10);
        await store.begin(id, { run: '{}', event: 'cancelled', deliveries: [sampleDelivery(id, 0)] }, DAY_MS);
        expect(await connection.pttl(keys.run(id).deliveries)).toBeGreaterThan(DAY_MS - 60_000);
        await store.putBack(id, NOW_MS + 5, null);
        expect(await createRunRetention(options()).remove([id])).toBe(1);
        expect(await connection.exists(keys.run(id).deliveries)).toBe(0);
        expect(await connection.zscore(keys.deliveries, id)).toBeNull();
      });
    });
  });
}
