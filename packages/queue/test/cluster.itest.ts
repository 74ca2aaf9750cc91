import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import {
  MemoryLog,
  needs,
  runQueueConformance,
  startTestRedisCluster,
  type TestRedisCluster,
  waitFor,
} from '@runyard/testkit';
import { BullRunQueue, createSliceConsumer } from '../src/index.ts';

let redis: TestRedisCluster;
let connection: RedisConnection;
let blocking: RedisConnection;
let queue: BullRunQueue;
const log = new MemoryLog();

beforeAll(async () => {
  redis = await startTestRedisCluster();
  connection = await connectRedis({ url: redis.url }, 'request', log);
  blocking = await connectRedis({ url: redis.url }, 'background', log);
  queue = new BullRunQueue({ connection, keyPrefix: 'test', log });
});
afterAll(async () => {
  await queue.close();
  await closeRedis(connection);
  await closeRedis(blocking);
  await redis.stop();
});

/** Ids of the waiting jobs of the queue with this name, in the order in which they are taken. */
async function waiting(name: string): Promise<string[]> {
  const found = queue.queues([name]).find((candidate) => candidate.name === name);
  const waits = (await found?.getWaiting(0, 99)) ?? [];
  const prioritized = (await found?.getPrioritized(0, 99)) ?? [];
  return [...waits, ...prioritized].map(({ id = '' }) => id);
}

needs(describe, 'redis-server')('the run queue in a Redis Cluster', () => {
  it.each(runQueueConformance)('$title', async ({ check }) => {
    const observed = {
      queue,
      waitingSlices: waiting,
      waitingPlans: async () => (await waiting('plan')).map((id) => id.replace(/-plan$/, '')),
    };
    await expect(check(observed)).resolves.toBeUndefined();
  });

  it('lets the store be waited for, because record and job lie on different servers', () => {
    expect(queue.followsStore).toBe(false);
  });

  it('gives the slices of many clusters, queued in one moment, to the consumers of their clusters', async () => {
    const clusters = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6'];
    const taken: string[] = [];
    const options = { connection: blocking, keyPrefix: 'test', concurrency: 4, log };
    const consumers = clusters.map((cluster) =>
      createSliceConsumer(
        cluster,
        ({ runId, slice }) => {
          taken.push(`${cluster} ${runId} ${slice}`);
          return Promise.resolve('done');
        },
        options,
      ),
    );
    for (const consumer of consumers) await consumer.start();
    const jobs = clusters.flatMap((cluster) =>
      Array.from({ length: 20 }, (_, slice) => ({ runId: `run-${cluster}`, slice, cluster, service: 's' })),
    );
    await Promise.all(jobs.map((job) => queue.addSlices([job])));
    await waitFor(() => taken.length >= jobs.length);
    expect(taken.sort()).toEqual(jobs.map(({ cluster, runId, slice }) => `${cluster} ${runId} ${slice}`).sort());
    await Promise.all(consumers.map((consumer) => consumer.stop()));
  });
});
