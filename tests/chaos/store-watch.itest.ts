import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SliceClaim } from '@runyard/domain';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import { createKeys, createRunStore } from '@runyard/store';
import {
  MemoryLog,
  needs,
  samplePlan,
  sampleResult,
  sampleSpec,
  startTestRedis,
  type TestRedis,
  waitFor,
} from '@runyard/testkit';
import { StoreWatch } from './store-watch.ts';

let redis: TestRedis;
let connection: RedisConnection;

beforeAll(async () => {
  redis = await startTestRedis();
  connection = await connectRedis({ url: redis.url }, 'background', new MemoryLog());
});
afterAll(async () => {
  await closeRedis(connection);
  await redis.stop();
});

function owned(claim: SliceClaim | string): SliceClaim {
  if (typeof claim === 'string') throw new Error(`the slice is ${claim}`);
  return claim;
}

needs(describe, 'redis-server')('the watch of the store', () => {
  it('gives no write that shares its command with others to the call before', async () => {
    const watch = new StoreWatch(redis.port);
    await watch.open();
    const runs = createRunStore({ connection, keys: createKeys('test'), nowMs: () => Date.now() });
    const specs = [sampleSpec(), sampleSpec()];
    for (const spec of specs) await runs.accept(spec, samplePlan(['a', 'b']));
    const [first, second] = specs.map(({ id: runId }) => ({ runId, slice: 0 }));
    if (!first || !second) throw new Error('there are two runs');
    const nothing = { started: [], results: [], log: [] };
    const before = owned(await runs.claim(first, 'w1'));
    await runs.record(first, before, { ...nothing, started: [0] });
    // Calls of one turn share a command.
    const claims = (await Promise.all([first, second].map((slice) => runs.claim(slice, 'w2')))).map(owned);
    const result = { ...nothing, results: [{ position: 0, result: sampleResult('a') }] };
    await Promise.all([first, second].map((slice, index) => runs.record(slice, claims[index] ?? before, result)));
    const results = () => watch.events.filter((event) => event.kind === 'result' && event.run === first.runId);
    await waitFor(() => results().length === 1);
    watch.close();
    expect(results()).toMatchObject([{ device: 'a', token: null }]);
    expect(watch.events.filter(({ kind }) => kind === 'claimed')).toMatchObject([
      { token: 1 },
      { token: 2 },
      { token: 1 },
    ]);
  });
});
