import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Priority, SliceJob, SliceRef } from '@runyard/domain';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import { MemoryLog, needs, startTestRedis, type TestRedis, waitFor } from '@runyard/testkit';
import { BullRunQueue, type Consumer, createPlanConsumer, createSliceConsumer, type SliceEnd } from '../src/index.ts';

const log = new MemoryLog();
let redis: TestRedis;
let connection: RedisConnection;
let background: RedisConnection;
let queue: BullRunQueue;
let consumers: Consumer[];
const noStep = () => Promise.reject(new Error('there is no step here'));

beforeAll(async () => {
  redis = await startTestRedis();
  connection = await connectRedis({ url: redis.url }, 'request', log);
  background = await connectRedis({ url: redis.url }, 'background', log);
  queue = new BullRunQueue({ connection, keyPrefix: 'test', log });
});
afterAll(async () => {
  await queue.close();
  await closeRedis(connection);
  await closeRedis(background);
  await redis.stop();
});
beforeEach(async () => {
  await redis.flush();
  consumers = [];
});
afterEach(() => Promise.all(consumers.map((consumer) => consumer.stop())));

const job = (runId: string, priority: Priority = 'normal', slice = 0): SliceJob => ({
  runId,
  slice,
  cluster: 'ams',
  service: 's',
  ...(priority === 'normal' ? {} : { priority }),
});

async function consume(run: (slice: SliceRef) => Promise<SliceEnd>, concurrency = 1): Promise<Consumer> {
  const options = { connection: background, keyPrefix: 'test', concurrency, log };
  const consumer = createSliceConsumer('ams', run, options);
  consumers.push(consumer);
  await consumer.start();
  return consumer;
}

/** How many jobs the queue has, by state. */
async function counts(cluster = 'ams'): Promise<Record<string, number>> {
  const found = queue.queues([cluster]).find(({ name }) => name === cluster);
  return (await found?.getJobCounts('active', 'waiting', 'prioritized', 'delayed', 'completed', 'failed')) ?? {};
}
const EMPTY = { active: 0, waiting: 0, prioritized: 0, delayed: 0, completed: 0, failed: 0 };

const describeOnRedis = needs(describe, 'redis-server');

describeOnRedis('a low run beside a stream of high ones', () => {
  it('is never taken by itself, and is taken once after it was raised two steps', async () => {
    const taken: string[] = [];
    await queue.addSlices([job('low', 'low'), job('normal')]);
    await queue.addSlices([job('high-0', 'high')]);
    // There is always another high one before the one in hand is done.
    await consume(async ({ runId }) => {
      taken.push(runId);
      if (taken.length < 8_000) await queue.addSlices([job(`high-${taken.length}`, 'high')]);
      return 'done';
    });
    await waitFor(() => taken.length >= 200);
    expect(taken.filter((runId) => !runId.startsWith('high'))).toEqual([]);

    // As the reconciler does it, with a step of no time: again and again, because a high one that was added just then
    // stands before the raised one.
    const raiseUntilTaken = (runId: 'low' | 'normal') =>
      waitFor(async () => {
        if (!taken.includes(runId)) await queue.raise([runId === 'low' ? job('low', 'low') : job('normal')], 0);
        return taken.includes(runId);
      });
    await queue.raise([job('low', 'low'), job('normal')], 0);
    await raiseUntilTaken('normal');
    expect(taken).not.toContain('low');
    await raiseUntilTaken('low');
    expect(taken.length).toBeLessThan(8_000);
    await waitFor(() => taken.length >= 8_000);
    expect(new Set(taken).size).toBe(taken.length);
  });
});

describeOnRedis('raising jobs that workers take meanwhile', () => {
  it('does nothing twice and loses nothing', async () => {
    const lows = Array.from({ length: 300 }, (_, slice) => job('low', 'low', slice));
    const normals = Array.from({ length: 300 }, (_, slice) => job('normal', 'normal', slice));
    await queue.addSlices([...lows, ...normals]);
    const taken: string[] = [];
    await consume(async ({ runId, slice }) => {
      taken.push(`${runId}-${slice}`);
      await connection.ping();
      return 'done';
    }, 8);
    let rounds = 0;
    for (let left = 1; left > 0; rounds += 1) {
      left = (await queue.raise([...lows, ...normals], 0)).length;
    }
    await waitFor(async () => JSON.stringify(await counts()) === JSON.stringify(EMPTY));
    expect(rounds).toBeGreaterThan(1);
    expect(taken.length).toBe(600);
    expect(new Set(taken).size).toBe(600);
  });

  it('leaves a job in hand, and a job that is done, as they are', async () => {
    let finish = () => {};
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const taken: string[] = [];
    await queue.addSlices([job('low', 'low')]);
    await consume(async ({ runId }) => {
      taken.push(runId);
      await finished;
      return 'done';
    });
    await waitFor(() => taken.length === 1);
    expect(await queue.raise([job('low', 'low')], 0)).toEqual([]);
    expect(await counts()).toEqual({ ...EMPTY, active: 1 });
    finish();
    await waitFor(async () => (await counts())['active'] === 0);
    expect(await queue.raise([job('low', 'low')], 0)).toEqual([]);
    expect(await counts()).toEqual(EMPTY);
    expect(taken).toEqual(['low']);
  });

  it('raises a job that waits for its next try without a second copy of it', async () => {
    let tries = 0;
    await queue.addSlices([job('low', 'low')]);
    await consume(async () => {
      tries += 1;
      if (tries === 1) throw new Error('not now');
      return 'done';
    });
    await waitFor(async () => (await counts())['delayed'] === 1);
    await queue.raise([job('low', 'low')], 0);
    expect(await counts()).toEqual({ ...EMPTY, delayed: 1 });
    await waitFor(async () => JSON.stringify(await counts()) === JSON.stringify(EMPTY));
    expect(tries).toBe(2);
  });
});

describeOnRedis('plan jobs', () => {
  it('are taken in the order of their priorities, and raised too', async () => {
    await queue.addPlan('low', 's', undefined, 'low');
    await queue.addPlan('normal', 's');
    await queue.addPlan('high', 's', undefined, 'high');
    expect(await queue.raisePlans(['low', 'gone'], 0)).toEqual(['low']);
    await queue.raisePlans(['low'], 0);
    const planned: string[] = [];
    const plan = createPlanConsumer(
      { plan: async (runId) => void planned.push(runId), startStep: noStep },
      {
        connection: background,
        keyPrefix: 'test',
        concurrency: 1,
        log,
      },
    );
    consumers.push(plan);
    await plan.start();
    await waitFor(() => planned.length === 3);
    expect(planned).toEqual(['low', 'high', 'normal']);
  });

  it('of a next batch are not swallowed by the plan job in work or one for another batch', async () => {
    let planned = 0;
    const plan = createPlanConsumer(
      {
        startStep: noStep,
        plan: async (runId) => {
          planned += 1;
          // Each step ends a batch at once, and the next one begins without a pause between.
          if (planned < 4) await queue.addPlan(runId, 's', 0);
          else if (planned === 4) await Promise.all([queue.addPlan(runId, 's', 10), queue.addPlan(runId, 's', 10)]);
        },
      },
      { connection: background, keyPrefix: 'test', concurrency: 4, log },
    );
    consumers.push(plan);
    await plan.start();
    await queue.addPlan('run', 's');
    await waitFor(() => planned === 6);
    await waitFor(async () => JSON.stringify(await counts('plan')) === JSON.stringify(EMPTY));
  });
});

describeOnRedis('a consumer whose places change', () => {
  it('takes the next job while the one before it is in hand, and fewer afterwards', async () => {
    const taken: string[] = [];
    const ends = new Map<string, () => void>();
    const consumer = await consume(async ({ runId }) => {
      taken.push(runId);
      await new Promise<void>((resolve) => ends.set(runId, resolve));
      return 'done';
    });
    await queue.addSlices([job('a'), job('b'), job('c')]);
    await waitFor(() => taken.length === 1);
    for (const places of [2, 1, 2, 1, 2]) consumer.resize(places);
    await waitFor(() => taken.length === 2);
    expect(consumer.pulse()).toMatchObject({ inHand: 2, places: 2 });
    consumer.resize(1);
    ends.get('a')?.();
    await waitFor(() => consumer.pulse().inHand === 1);
    expect(await counts()).toMatchObject({ active: 1, waiting: 1 });
    ends.get('b')?.();
    await waitFor(() => taken.length === 3);
    ends.get('c')?.();
    await waitFor(async () => JSON.stringify(await counts()) === JSON.stringify(EMPTY));
    expect(taken).toEqual(['a', 'b', 'c']);
    // Still awake after all that.
    await queue.addSlices([job('d')]);
    await waitFor(() => taken.includes('d'));
    ends.get('d')?.();
  });
});

describeOnRedis('the queue of a paused cluster', () => {
  it('gives nothing out, keeps what is handed back, and counts all of it', async () => {
    const taken: string[] = [];
    let end: (end: SliceEnd) => void = () => undefined;
    await queue.addSlices([job('a'), job('low', 'low')]);
    await consume(({ runId }) => {
      taken.push(runId);
      return new Promise((resolve) => (end = resolve));
    });
    await waitFor(() => taken.length === 1);
    await queue.pause('ams');
    await queue.pause('ams');
    expect(await queue.isPaused('ams')).toBe(true);
    await queue.addSlices([job('high', 'high')]);
    end('hand-back');
    await waitFor(async () => (await counts())['active'] === 0);
    expect((await queue.waiting(['ams'])).waiting.get('ams')).toBe(3);
    await queue.raise([job('low', 'low')], 0);
    expect((await queue.waiting(['ams'])).waiting.get('ams')).toBe(3);
    expect(taken).toEqual(['a']);

    await queue.resume('ams');
    await queue.resume('ams');
    expect(await queue.isPaused('ams')).toBe(false);
    for (let count = 2; count <= 4; count += 1) {
      await waitFor(() => taken.length === count);
      end('done');
    }
    expect(taken).toEqual(['a', 'a', 'high', 'low']);
  });

  it('does not count canaries, which lie behind all work', async () => {
    await queue.addCanary('ams', 'host:1');
    await queue.addCanary('ams', 'host:1');
    await queue.addCanary('ams', 'host:2');
    await queue.addSlices([job('a'), job('low', 'low')]);
    expect((await queue.waiting(['ams'])).waiting.get('ams')).toBe(2);
    expect(await queue.hasCanary('ams', 'host:1')).toBe(true);
    await queue.removeCanary('ams', 'host:2');
    expect(await queue.hasCanary('ams', 'host:2')).toBe(false);
    const taken: string[] = [];
    await consume(async ({ runId }) => {
      taken.push(runId);
      expect(await queue.hasCanary('ams', 'host:1')).toBe(true);
      return 'done';
    });
    await waitFor(async () => JSON.stringify(await counts()) === JSON.stringify(EMPTY));
    expect(taken).toEqual(['a', 'low']);
  });
});
