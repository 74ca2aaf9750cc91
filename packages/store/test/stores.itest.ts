import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Log } from '@runyard/domain';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import {
  catalogStoreConformance,
  identityStoreConformance,
  MemoryLog,
  putDevice,
  runStoreConformance,
  sampleDevice,
  samplePlan,
  sampleSpec,
  startTestRedis,
  type TestRedis,
} from '@runyard/testkit';
import { createIdentityStore, createKeys, createRunStore, RedisCatalogStore } from '../src/index.ts';

let redis: TestRedis;
let connection: RedisConnection;
let subscriber: RedisConnection;
const log: Log = new MemoryLog();
const clock = { nowMs: () => Date.now() };
const keys = createKeys('test');

beforeAll(async () => {
  redis = await startTestRedis();
  connection = await connectRedis({ url: redis.url }, 'request', log);
  subscriber = await connectRedis({ url: redis.url }, 'subscriber', log);
});
afterAll(async () => {
  await closeRedis(connection);
  await closeRedis(subscriber);
  await redis.stop();
});
beforeEach(() => redis.flush());

describe('the run store in Redis', () => {
  it.each(runStoreConformance)('$title', async ({ check }) => {
    await expect(check(createRunStore({ connection, keys, nowMs: clock.nowMs }))).resolves.toBeUndefined();
  });
});

describe('the catalog store in Redis', () => {
  it.each(catalogStoreConformance)('$title', async ({ check }) => {
    await expect(check(new RedisCatalogStore({ connection, keys, clock }))).resolves.toBeUndefined();
  });
});

describe('the identity store in Redis', () => {
  it.each(identityStoreConformance)('$title', async ({ check }) => {
    await expect(check(await createIdentityStore(connection, subscriber, keys))).resolves.toBeUndefined();
  });
});

describe('accepting on one Redis', () => {
  it('writes nothing when the catalog moved since it was looked at', async () => {
    const catalog = new RedisCatalogStore({ connection, keys, clock });
    const runs = createRunStore({ connection, keys, nowMs: clock.nowMs });
    const spec = sampleSpec();
    const revision = await catalog.write([putDevice(sampleDevice('r1'))], 0);
    const keysBefore = await redis.ask('DBSIZE');
    expect(await runs.accept(spec, samplePlan(['r1']), revision - 1)).toBe('catalog-moved');
    expect(await redis.ask('DBSIZE')).toBe(keysBefore);
    expect(await runs.accept(spec, samplePlan(['r1']), revision)).toBe('written');
    expect((await runs.list({}, null, 10)).items.map(({ spec: { id } }) => id)).toEqual([spec.id]);
  });
});
