import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { LockHolder } from '@runyard/domain';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import {
  auditLogConformance,
  lockStoreConformance,
  MemoryLog,
  needs,
  startTestRedis,
  startTestRedisCluster,
  type TestRedis,
  waitFor,
} from '@runyard/testkit';
import { createAuditLog, createKeys, createLockStore } from '../src/index.ts';

const log = new MemoryLog();
const keys = createKeys('test');

interface Place {
  readonly url: string;
  readonly nodes: readonly TestRedis[];
  flush(): Promise<unknown>;
  stop(): Promise<void>;
}

async function oneRedis(): Promise<Place> {
  const redis = await startTestRedis();
  return { url: redis.url, nodes: [redis], flush: () => redis.flush(), stop: () => redis.stop() };
}

/** Moves every time that locks keep into the past, on every server. */
const AGE = `
for _, key in ipairs(redis.call('KEYS', 'test:lock:*')) do
  if string.match(key, ':seen$') then
    for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do redis.call('ZINCRBY', key, -ARGV[1], member) end
  elseif string.match(key, '}$') and redis.call('HEXISTS', key, 'until') == 1 then
    redis.call('HINCRBY', key, 'until', -ARGV[1])
  end
end`;

describe.each([
  ['one Redis', oneRedis],
  ['a Redis Cluster', startTestRedisCluster],
] as const)('locks in %s', (_, start) => {
  let place: Place;
  let connection: RedisConnection;
  let subscribers: RedisConnection[];

  beforeAll(async () => {
    place = await start();
    connection = await connectRedis({ url: place.url }, 'request', log);
    subscribers = [];
  });
  afterAll(async () => {
    for (const each of [connection, ...subscribers]) await closeRedis(each);
    await place.stop();
  });
  beforeEach(() => place.flush());

  const newStore = async () => {
    const subscriber = await connectRedis({ url: place.url }, 'subscriber', log);
    subscribers.push(subscriber);
    return createLockStore({ connection, subscriber, keys, log });
  };
  const age = async (milliseconds: number) => {
    for (const node of place.nodes) await node.ask('EVAL', AGE, '0', String(milliseconds));
  };
  const describeOnRedis = needs(describe, 'redis-server');

  describeOnRedis('the lock store', () => {
    it.each(lockStoreConformance)('$title', async ({ check }) => {
      await expect(check({ store: await newStore(), other: await newStore(), age })).resolves.toBeUndefined();
    });

    it('has nothing that stays for ever', async () => {
      const store = await newStore();
      const lease = await store.acquire('a', someone('r1'));
      await store.acquire('a', someone('r2'));
      await store.acquire('b', someone('r1'));
      if ('token' in lease) await store.renew([lease]);
      const found: string[] = [];
      for (const node of place.nodes) {
        const names = await node.ask('EVAL', `return table.concat(redis.call('KEYS', '*'), ' ')`, '0');
        for (const name of names.split(' ').filter((text) => text !== '')) {
          found.push(name);
          expect([name, Number(await node.ask('PTTL', name)) > 0]).toEqual([name, true]);
        }
      }
      expect(found).toEqual(expect.arrayContaining([keys.heldLocks, keys.heldLocksUntil]));
      expect(found.length).toBeGreaterThanOrEqual(8);
    });

    it('gives a greater token also when everything of the lock was lost meanwhile', async () => {
      const store = await newStore();
      const first = await store.acquire('a', someone('r1'));
      await place.flush();
      // Tokens are at least the time, so it has to move on.
      await waitFor(() => 'token' in first && Date.now() > first.token, { intervalMs: 1 });
      const second = await store.acquire('a', someone('r2'));
      expect('token' in first && 'token' in second && second.token > first.token).toBe(true);
    });
  });

  describeOnRedis('the audit log', () => {
    it.each(auditLogConformance)('$title', async ({ check }) => {
      await expect(check(createAuditLog(connection, keys))).resolves.toBeUndefined();
    });

    it('drops the oldest entries when there are too many', async () => {
      const audit = createAuditLog(connection, keys, 5);
      for (let number = 0; number < 8; number += 1) {
        await audit.append({ actor: 'ada', action: 'a.b', subject: String(number), detail: {} });
      }
      const { items, cursor } = await audit.list({}, null, 10);
      expect([items.map(({ subject }) => subject), cursor]).toEqual([['7', '6', '5', '4', '3'], null]);
    });
  });
});

function someone(device: string): LockHolder {
  return { runId: 'a'.repeat(24), device, service: 'backup', principal: 'ada' };
}
