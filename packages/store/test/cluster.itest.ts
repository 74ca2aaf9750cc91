import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import {
  catalogStoreConformance,
  idempotencyStoreConformance,
  identityStoreConformance,
  MemoryLog,
  needs,
  runStoreConformance,
  scheduleStoreConformance,
  samplePlan,
  sampleSpec,
  startTestRedisCluster,
  type TestRedisCluster,
  waitFor,
} from '@runyard/testkit';
import {
  createIdempotencyStore,
  createIdentityStore,
  createKeys,
  createRunEvents,
  createRunStore,
  createScheduleStore,
  RedisCatalogStore,
} from '../src/index.ts';

let redis: TestRedisCluster;
let connection: RedisConnection;
let subscriber: RedisConnection;
const log = new MemoryLog();
const clock = { nowMs: () => Date.now() };
const keys = createKeys('test');

beforeAll(async () => {
  redis = await startTestRedisCluster();
  connection = await connectRedis({ url: redis.url }, 'request', log);
  subscriber = await connectRedis({ url: redis.url }, 'subscriber', log);
});
afterAll(async () => {
  await closeRedis(connection);
  await closeRedis(subscriber);
  await redis.stop();
});
beforeEach(() => redis.flush());

const runStore = () => createRunStore({ connection, keys, nowMs: clock.nowMs });

const describeOnRedis = needs(describe, 'redis-server');

describeOnRedis('in a Redis Cluster the run store', () => {
  it.each(runStoreConformance)('$title', async ({ check }) => {
    await expect(check(runStore())).resolves.toBeUndefined();
  });

  it('accepts many runs of one moment, whose keys lie on all three masters', async () => {
    const runs = runStore();
    const specs = Array.from({ length: 60 }, () => sampleSpec());
    await Promise.all(specs.map((spec) => runs.accept(spec, samplePlan(['r1']))));
    const masters = await Promise.all(specs.map(({ id }) => redis.masterOf(keys.run(id).record)));
    expect(new Set(masters).size).toBe(3);
    const stored = await Promise.all(specs.map(({ id }) => runs.get(id)));
    expect(stored.map((record) => record?.spec.id)).toEqual(specs.map(({ id }) => id));
  });

  it('tells of a change to whoever watches the run', async () => {
    const runs = runStore();
    const spec = sampleSpec();
    await runs.accept(spec, samplePlan(['r1']));
    const watch = await createRunEvents(subscriber, keys, log).watch(spec.id);
    let hasChanged = false;
    void watch.changed(10_000).then(() => (hasChanged = true));
    await runs.claim({ runId: spec.id, slice: 0 }, 'worker');
    await waitFor(() => hasChanged, { timeoutMs: 5_000 });
    watch.close();
  });
});

describeOnRedis('in a Redis Cluster the catalog store', () => {
  it.each(catalogStoreConformance)('$title', async ({ check }) => {
    await expect(check(new RedisCatalogStore({ connection, keys, clock }))).resolves.toBeUndefined();
  });
});

describeOnRedis('in a Redis Cluster the memory of idempotency keys', () => {
  it.each(idempotencyStoreConformance)('$title', async ({ check }) => {
    await expect(check(createIdempotencyStore(connection, keys))).resolves.toBeUndefined();
  });
});

describeOnRedis('in a Redis Cluster the schedules', () => {
  it.each(scheduleStoreConformance)('$title', async ({ check }) => {
    await expect(check(createScheduleStore(connection, keys))).resolves.toBeUndefined();
  });
});

describeOnRedis('in a Redis Cluster the identity store', () => {
  it.each(identityStoreConformance)('$title', async ({ check }) => {
    // One for each store, as in a gateway: a store listens on it for as long as it is open.
    const subscriber = await connectRedis({ url: redis.url }, 'subscriber', log);
    try {
      await expect(check(await createIdentityStore(connection, subscriber, keys))).resolves.toBeUndefined();
    } finally {
      await closeRedis(subscriber);
    }
  });
});
