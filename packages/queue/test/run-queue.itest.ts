import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import { MemoryLog, needs, runQueueConformance, startTestRedis, type TestRedis } from '@runyard/testkit';
import { BullRunQueue } from '../src/index.ts';

let redis: TestRedis;
let connection: RedisConnection;
let queue: BullRunQueue;

beforeAll(async () => {
  redis = await startTestRedis();
  const log = new MemoryLog();
  connection = await connectRedis({ url: redis.url }, 'request', log);
  queue = new BullRunQueue({ connection, keyPrefix: 'test', log });
});
afterAll(async () => {
  await queue.close();
  await closeRedis(connection);
  await redis.stop();
});

/** Ids of the waiting jobs of the queue with this name, in the order in which they are taken. */
async function waiting(name: string): Promise<string[]> {
  const found = queue.queues([name]).find((candidate) => candidate.name === name);
  const waits = (await found?.getWaiting(0, 99)) ?? [];
  const prioritized = (await found?.getPrioritized(0, 99)) ?? [];
  return [...waits, ...prioritized].map(({ id = '' }) => id);
}

const describeOnRedis = needs(describe, 'redis-server');

describeOnRedis('the run queue in BullMQ', () => {
  it.each(runQueueConformance)('$title', async ({ check }) => {
    const observed = {
      queue,
      waitingSlices: waiting,
      waitingPlans: async () => (await waiting('plan')).map((id) => id.replace(/-plan$/, '')),
    };
    await expect(check(observed)).resolves.toBeUndefined();
  });
});

describeOnRedis('counting what waits', () => {
  it('counts the jobs of each cluster that is asked for, and the plans', async () => {
    const before = await queue.waiting(['count-a', 'count-b']);
    const job = { runId: 'f'.repeat(24), slice: 0, cluster: 'count-a', service: 'noop' };
    await queue.addSlices([job, { ...job, slice: 1 }, { ...job, slice: 2, cluster: 'count-c' }]);
    await queue.addPlan('f'.repeat(24), 'noop');
    expect(await queue.waiting(['count-a', 'count-b'])).toEqual({
      waiting: new Map([
        ['count-a', 2],
        ['count-b', 0],
      ]),
      plansWaiting: before.plansWaiting + 1,
    });
  });
});
