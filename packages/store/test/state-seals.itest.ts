import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it, describe } from '@jest/globals';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import { MemoryLog, needs, startTestRedis, type TestRedis } from '@runyard/testkit';
import { createKeys, createSecretBox, createServiceStates, createStateSeals } from '../src/index.ts';

needs(describe, 'redis-server')('sealing what services keep anew', () => {
  const keys = createKeys('test');
  const clock = { nowMs: () => 1 };
  const [first, second] = [randomBytes(32), randomBytes(32)];
  let redis: TestRedis;
  let connection: RedisConnection;
  beforeAll(async () => {
    redis = await startTestRedis();
    connection = await connectRedis({ url: redis.url }, 'request', new MemoryLog());
  });
  afterAll(async () => {
    await closeRedis(connection);
    await redis.stop();
  });
  beforeEach(() => redis.flush());

  const statesOf = (key: Uint8Array, old: Uint8Array[] = []) =>
    createServiceStates({ connection, keys, secrets: createSecretBox(key, old), clock });
  const sealsOf = (key: Uint8Array, old: Uint8Array[] = []) =>
    createStateSeals({ connection, keys, secrets: createSecretBox(key, old) });

  async function all(seals: ReturnType<typeof sealsOf>) {
    const sum = { resealed: 0, current: 0, unreadable: [] as string[] };
    let cursor: string | null = null;
    do {
      const step = await seals.reseal(cursor);
      sum.resealed += step.resealed;
      sum.current += step.current;
      sum.unreadable.push(...step.unreadable);
      ({ cursor } = step);
    } while (cursor !== null);
    return sum;
  }

  it('lets the old key go afterwards, and does nothing the second time', async () => {
    for (let index = 0; index < 130; index += 1) await statesOf(first).write(`plan/${index}`, `content ${index}`, 1);
    await statesOf(second).write('plan/new', 'content', 1);
    const seals = sealsOf(second, [first]);
    expect(await all(seals)).toEqual({ resealed: 130, current: 1, unreadable: [] });
    expect(await statesOf(second).read('plan/129')).toBe('content 129');
    await expect(statesOf(first).read('plan/129')).rejects.toMatchObject({ code: 'CREDENTIAL_NOT_FOUND' });
    expect(await all(seals)).toEqual({ resealed: 0, current: 131, unreadable: [] });
  });

  it('keeps the token of the lock, so that a late writer is still refused', async () => {
    await statesOf(first).write('plan', 'newer', 7);
    await all(sealsOf(second, [first]));
    expect(await statesOf(second).write('plan', 'older', 6)).toBe(false);
    expect(await statesOf(second).read('plan')).toBe('newer');
  });

  it('names what no key opens and leaves it', async () => {
    await statesOf(first).write('plan/lost', 'x', 1);
    expect(await all(sealsOf(second))).toEqual({ resealed: 0, current: 0, unreadable: ['plan/lost'] });
    expect(await statesOf(first).read('plan/lost')).toBe('x');
  });

  it('does not undo what is written between its reading and its writing', async () => {
    await statesOf(first).write('plan', 'before', 1);
    const interrupted = new Proxy(connection, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property, target);
        if (property !== 'hget') return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        return async (key: string, field: string) => {
          const read = await target.hget(key, field);
          await statesOf(second, [first]).write('plan', 'after', 2);
          return read;
        };
      },
    });
    const secrets = createSecretBox(second, [first]);
    const seals = createStateSeals({ connection: interrupted, keys, secrets });
    expect(await all(seals)).toEqual({ resealed: 0, current: 1, unreadable: [] });
    expect(await statesOf(second).read('plan')).toBe('after');
  });

  it('forgets an entry without a state', async () => {
    await connection.sadd(keys.serviceStates, 'nothing');
    expect(await all(sealsOf(second))).toEqual({ resealed: 0, current: 0, unreadable: [] });
    expect(await connection.smembers(keys.serviceStates)).toEqual([]);
  });
});
