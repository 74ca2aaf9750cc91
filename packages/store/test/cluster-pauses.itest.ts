import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import {
  clusterPausesConformance,
  MemoryLog,
  needs,
  startTestRedis,
  startTestRedisCluster,
  type TestRedis,
  type TestRedisCluster,
} from '@runyard/testkit';
import { createClusterPauses, createKeys } from '../src/index.ts';

const keys = createKeys('test');

const describeOnRedis = needs(describe, 'redis-server');

for (const [kind, startRedis] of [
  ['one Redis', () => startTestRedis()],
  ['a Redis Cluster', () => startTestRedisCluster()],
] as const) {
  describeOnRedis(`paused clusters in ${kind}`, () => {
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

    it.each(clusterPausesConformance)('$title', async ({ check }) => {
      await expect(check(createClusterPauses(connection, keys))).resolves.toBeUndefined();
    });
  });
}
