import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Log } from '@runyard/domain';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import {
  catalogStoreConformance,
  identityStoreConformance,
  MemoryLog,
  runStoreConformance,
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
