import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import { MemoryLog, needs, samplePlan, sampleSpec, startTestRedis, type TestRedis, waitFor } from '@runyard/testkit';
import { createKeys, createRunEvents, createRunStore, createStepStore } from '../src/index.ts';

let redis: TestRedis;
let connection: RedisConnection;
let subscriber: RedisConnection;
const log = new MemoryLog();
const keys = createKeys('test');

beforeAll(async () => {
  redis = await startTestRedis();
  connection = await connectRedis({ url: redis.url }, 'request', log);
  subscriber = await connectRedis({ url: redis.url }, 'subscriber', log);
});
afterAll(async () => {
  await closeRedis(connection);
  await closeRedis(subscriber);
  await redis.stop();
});

needs(describe, 'redis-server')('changes of runs', () => {
  it('wake who waits for a step by what happens to that step, and by nothing else', async () => {
    const runs = createRunStore({ connection, keys, nowMs: () => Date.now() });
    const steps = createStepStore(connection, keys);
    const events = createRunEvents(subscriber, keys, log);
    const { id: runId, ...spec } = sampleSpec();
    await runs.accept({ ...spec, id: runId }, samplePlan(['a', 'b']));
    const claim = await runs.claim({ runId, slice: 0 }, 'w1');
    if (typeof claim === 'string') throw new Error(`the slice is ${claim}`);
    const waiting = { state: 'waiting', startedAtMs: 1, endedAtMs: null, result: null, error: null } as const;
    const heard: string[] = [];
    const watchAs = async (name: string, only?: { device: string; step: string }) => {
      const watch = await events.watch(runId, only);
      void watch.changed(20_000).then(() => heard.push(name));
      return watch;
    };
    const watches = [
      await watchAs('a', { device: 'a', step: 'ask' }),
      await watchAs('b', { device: 'b', step: 'ask' }),
      await watchAs('run'),
    ];
    for (const device of ['a', 'b']) {
      await steps.write({ runId, slice: 0 }, claim, { runId, device, step: 'ask' }, waiting);
    }
    await runs.setPause(runId, { atMs: 1, by: 'ada' });
    await waitFor(() => heard.includes('run'));
    await steps.change({ runId, device: 'b', step: 'ask' }, 'waiting', {
      ...waiting,
      state: 'succeeded',
      endedAtMs: 2,
    });
    await waitFor(() => heard.length === 2);
    expect(heard).toEqual(['run', 'b']);
    for (const watch of watches) watch.close();
  });
});
