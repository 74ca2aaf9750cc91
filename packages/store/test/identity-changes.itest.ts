import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { IdentityStore } from '@runyard/domain';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import {
  MemoryLog,
  needs,
  sampleApiKey,
  sampleToken,
  sampleUser,
  startTestRedis,
  type TestRedis,
} from '@runyard/testkit';
import { createIdentityStore, createKeys } from '../src/index.ts';

let redis: TestRedis;
let connection: RedisConnection;
let mortal: RedisConnection;
let subscriber: RedisConnection;
const keys = createKeys('test');
const log = new MemoryLog();

beforeAll(async () => {
  redis = await startTestRedis();
  connection = await connectRedis({ url: redis.url }, 'request', log);
  subscriber = await connectRedis({ url: redis.url }, 'subscriber', log);
});
afterAll(async () => {
  for (const each of [subscriber, connection]) await closeRedis(each);
  await redis.stop();
});
beforeEach(async () => {
  await redis.flush();
  mortal = await connectRedis({ url: redis.url }, 'request', log);
});
afterEach(() => mortal.disconnect());

/** A store whose process dies as soon as Redis has carried out something that changes anything. */
async function storeThatDies(): Promise<IdentityStore> {
  const store = await createIdentityStore(mortal, subscriber, keys);
  const send = mortal.sendCommand.bind(mortal);
  let isDead = false;
  mortal.sendCommand = (...[command, stream]: Parameters<RedisConnection['sendCommand']>) => {
    if (isDead) return Promise.reject(new Error('the process died'));
    const answer = send(command, stream) as Promise<unknown>;
    answer.then(
      () => (isDead = command.name !== 'hget'),
      () => {},
    );
    return answer;
  };
  return store;
}

const token = sampleToken('t', { expiresAtMs: Date.now() + 1_000_000 });

needs(describe, 'redis-server')('what ends access in one process', () => {
  it.each<[string, (store: IdentityStore) => Promise<boolean>, (store: IdentityStore) => Promise<unknown>]>([
    ['a deleted user', (store) => store.deleteUser(sampleUser('ann')), (store) => store.getUser('ann')],
    ['a revoked API key', (store) => store.deleteApiKey('key-1'), (store) => store.getApiKey('hash-of-key-1')],
    ['an ended session', (store) => store.deleteToken(token.holder, token.hash), (store) => store.getToken('h1', 't')],
  ])('is seen by the others, although that process dies right after it: %s', async (_, end, look) => {
    const store = await createIdentityStore(connection, subscriber, keys);
    await store.putUser(sampleUser('ann'));
    await store.putApiKey(sampleApiKey('key-1'));
    await store.putToken(token, 3, 1_000);
    const before = await store.revision();

    await end(await storeThatDies()).catch(() => false);

    expect(await look(store)).toBeNull();
    expect(await store.revision()).toBeGreaterThan(before);
  });
});
