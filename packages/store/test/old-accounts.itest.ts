import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import { MemoryLog, needs, sampleUser, startTestRedis, type TestRedis } from '@runyard/testkit';
import { createIdentityStore, createKeys } from '../src/index.ts';

let redis: TestRedis;
let connection: RedisConnection;
let subscriber: RedisConnection;
const keys = createKeys('test');

beforeAll(async () => {
  redis = await startTestRedis();
  connection = await connectRedis({ url: redis.url }, 'request', new MemoryLog());
  subscriber = await connectRedis({ url: redis.url }, 'subscriber', new MemoryLog());
});
afterAll(async () => {
  await closeRedis(subscriber);
  await closeRedis(connection);
  await redis.stop();
});
beforeEach(() => redis.flush());

needs(describe, 'redis-server')('accounts that an older version wrote', () => {
  it('are users with one role, and can be changed', async () => {
    const store = await createIdentityStore(connection, subscriber, keys);
    const old = {
      name: 'ann',
      role: 'operator',
      passwordHash: 'hash',
      createdAtMs: 1_000,
      disabled: false,
      version: 3,
    };
    await connection.hset(keys.users, 'ann', `3 ${JSON.stringify(old)}`);
    const read = sampleUser('ann', { roles: ['operator'], version: 3 });
    expect(await store.getUser('ann')).toEqual(read);
    expect((await store.listUsers(null, 10)).items).toEqual([read]);
    const changed = { ...read, roles: ['viewer'], version: 4 };
    expect(await store.putUser(changed)).toBe(true);
    expect(await store.getUser('ann')).toEqual(changed);
  });

  it('are keys with a role of their own, each of a service account of its name', async () => {
    const store = await createIdentityStore(connection, subscriber, keys);
    const plain = { id: 'key-1', hash: 'h', name: 'ci', createdBy: 'ada', createdAtMs: 1_000, expiresAtMs: null };
    await connection.hset(keys.apiKeys, 'h', JSON.stringify({ ...plain, role: 'operator' }));
    await connection.hset(`${keys.apiKeys}:ids`, 'key-1', 'h');
    const account = { kind: 'service-account', name: 'ci' };
    const read = { ...plain, account, roles: ['operator'], lastUsedAtMs: null };
    expect(await store.getApiKey('h')).toEqual(read);
    expect(await store.findApiKey('key-1')).toEqual(read);
    expect((await store.listApiKeys(null, 10)).items).toEqual([read]);
    expect(await store.deleteApiKey('key-1')).toBe(true);
    expect(await store.getApiKey('h')).toBeNull();
  });
});
