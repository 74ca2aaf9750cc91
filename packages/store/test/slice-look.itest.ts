import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeRedis, connectRedis, type RedisConnection } from '@runyard/redis';
import { MemoryLog, needs, sampleResult, sampleSpec, startTestRedis, type TestRedis } from '@runyard/testkit';
import { createKeys, createRunStore, createSliceLook } from '../src/index.ts';

let redis: TestRedis;
let connection: RedisConnection;
const keys = createKeys('test');

beforeAll(async () => {
  redis = await startTestRedis();
  connection = await connectRedis({ url: redis.url }, 'request', new MemoryLog());
});
afterAll(async () => {
  await closeRedis(connection);
  await redis.stop();
});

const runStore = () => createRunStore({ connection, keys, nowMs: () => Date.now() });

/** A planned run with so many slices of one device in each cluster, four of a cluster in the queue at once. */
async function planned(slices: number, clusters: readonly string[]): Promise<string> {
  const spec = sampleSpec();
  const runs = runStore();
  await runs.accept(spec, null);
  const all = clusters.flatMap((cluster) =>
    Array.from({ length: slices }, (_, index) => ({
      cluster,
      names: [`${cluster}-${String(index).padStart(5, '0')}`],
    })),
  );
  await runs.plan(spec.id, { slices: all, sorted: true, window: 4 });
  return spec.id;
}

async function finish(runId: string, slice: number): Promise<void> {
  const runs = runStore();
  const claim = await runs.claim({ runId, slice }, 'w1');
  if (typeof claim === 'string') throw new Error(claim);
  const results = claim.names.map((name, position) => ({ position, result: sampleResult(name) }));
  await runs.record({ runId, slice }, claim, { started: [], results, log: [] });
}

needs(describe, 'redis-server')('a look at the slices of a run', () => {
  it('finds nothing of a run that was not planned, or is not there', async () => {
    const spec = sampleSpec();
    await runStore().accept(spec, null);
    const look = createSliceLook(connection, keys);
    expect(await look(spec.id)).toEqual({ open: [], isComplete: true });
    expect(await look('f'.repeat(24))).toEqual({ open: [], isComplete: true });
  });

  it('gives every open slice of a small run, as the run store does', async () => {
    const runId = await planned(20, ['ams', 'osl']);
    await finish(runId, 0);
    await runStore().claim({ runId, slice: 1 }, 'w2');
    const { open, isComplete } = await createSliceLook(connection, keys)(runId);
    expect(isComplete).toBe(true);
    expect(open).toEqual(await runStore().openSlices(runId));
    expect(open.filter(({ isReleased }) => isReleased).map(({ slice }) => slice)).toEqual([1, 2, 3, 4, 20, 21, 22, 23]);
    expect(open[0]).toMatchObject({ slice: 1, owner: 'w2' });
  });

  it('reads as much of a run of 6,000 slices as of one of 600, and finds where the work is', async () => {
    const look = createSliceLook(connection, keys);
    const read = async (slices: number) => {
      const runId = await planned(slices, ['ams', 'osl']);
      for (let slice = 0; slice < 10; slice += 1) await finish(runId, slice);
      await runStore().claim({ runId, slice: 12 }, 'w2');
      const before = await bytesOut();
      const { open, isComplete } = await look(runId);
      const bytes = (await bytesOut()) - before;
      expect(isComplete).toBe(false);
      expect(new Set(open.map(({ cluster }) => cluster))).toEqual(new Set(['ams', 'osl']));
      expect(open.filter(({ owner }) => owner === 'w2').map(({ slice }) => slice)).toEqual([12]);
      const released = open.filter(({ isReleased }) => isReleased).map(({ slice }) => slice);
      expect(released).toEqual([10, 11, 12, 13, slices, slices + 1, slices + 2, slices + 3]);
      return bytes;
    };
    const [small, large] = [await read(600), await read(6_000)];
    expect(large).toBeLessThan(small * 1.5);
  });
});

/** What Redis has sent so far. */
async function bytesOut(): Promise<number> {
  const info = await connection.info('stats');
  return Number(/total_net_output_bytes:(\d+)/.exec(info)?.[1]);
}
