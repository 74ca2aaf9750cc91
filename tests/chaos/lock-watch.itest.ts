import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { LockHolder, LockLease, LockStore } from '@runyard/domain';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import { createKeys, createLockStore } from '@runyard/store';
import { checkHistory, MemoryLog, needs, startTestRedis, type TestRedis, waitFor } from '@runyard/testkit';
import { StoreWatch } from './store-watch.ts';

let redis: TestRedis;
let connection: RedisConnection;
let watch: StoreWatch;
const log = new MemoryLog();
const keys = createKeys('test');

beforeEach(async () => {
  redis = await startTestRedis();
  connection = await connectRedis({ url: redis.url }, 'request', log);
  watch = new StoreWatch(redis.port);
  await watch.open();
});
afterEach(async () => {
  watch.close();
  await closeRedis(connection);
  await redis.stop();
});

const newStore = () => createLockStore({ connection, subscriber: null, keys, log });

async function hold(store: LockStore, device: string): Promise<LockLease> {
  const lease = await store.acquire('k', holder(device));
  if (!('token' in lease)) throw new Error('the lock is taken');
  return lease;
}

function holder(device: string): LockHolder {
  return { runId: 'a'.repeat(24), device, service: 'backup', principal: 'ada' };
}

const kinds = () => watch.events.map(({ kind }) => kind.replace('lock-', ''));

needs(describe, 'redis-server')('the watch on locks', () => {
  it('sees what becomes of a lock, and a clean history', async () => {
    const [store, other] = [await newStore(), await newStore()];
    const first = await hold(store, 'r1');
    await store.renew([first]);
    await store.acquire('k', holder('r2'));
    await store.release(first);
    const second = await hold(store, 'r2');
    const third = await hold(other, 'r2');
    await store.renew([second]);
    await store.release(second);
    await store.break('k');
    const seen = ['acquired', 'renewed', 'released', 'acquired', 'released', 'acquired', 'released'];
    await waitFor(() => kinds().length === seen.length);
    expect(kinds()).toEqual(seen);
    expect(watch.events.at(-1)).toMatchObject({ lock: 'k', token: third.token });
    expect(checkHistory(watch.events, { boundMs: 1_000 })).toEqual([]);
  });

  it.each([
    ['gives a lock away that somebody has', `'key', 'k', 'member', 'x', 'token', 9e15, 'until', 9e15`, 'lock-overlap'],
    ['renews by an old token', `'until', 9e15`, 'stale-write'],
  ])('finds a script that %s', async (_, fields, kind) => {
    await hold(await newStore(), 'r1');
    const [key = ''] = (await connection.keys('test:lock:*')).filter((name) => name.endsWith('}'));
    await redis.ask('EVAL', `redis.call('HSET', KEYS[1], ${fields})`, '1', key, 'channel', '7');
    await waitFor(() => kinds().length === 2 || kinds().includes('renewed'));
    expect(checkHistory(watch.events, { boundMs: 1_000 }).map((finding) => finding.kind)).toEqual([kind]);
  });
});
