import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import { MemoryLog, needs, scheduleStoreConformance, startTestRedis, type TestRedis } from '@runyard/testkit';
import { createKeys, createScheduleStore } from '../src/index.ts';

needs(describe, 'redis-server')('the schedules in Redis', () => {
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

  it.each(scheduleStoreConformance)('$title', async ({ title, check }) => {
    await expect(check(createScheduleStore(connection, createKeys(title)))).resolves.toBeUndefined();
  });

  it('leaves nothing of a schedule that is forgotten', async () => {
    const store = createScheduleStore(connection, createKeys('forgotten'));
    await store.begin('a', '* * * * * UTC', 1);
    await store.setPause('a', { atMs: 1, by: 'ada' }, 1);
    expect(await connection.keys('forgotten:*')).toHaveLength(2);
    await store.forget('a');
    expect(await connection.keys('forgotten:*')).toEqual([]);
  });
});
