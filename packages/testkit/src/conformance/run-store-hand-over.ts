import assert from 'node:assert/strict';
import type { RunStore, SliceClaim, SliceRef } from '@runyard/domain';
import type { ConformanceCase } from './conformance-case.ts';
import { samplePlan, sampleResult, sampleSpec } from './run-samples.ts';

/** Slices from hand to hand: which are queued when, and what is known about a lost owner. */
export const runStoreHandOverCases: readonly ConformanceCase<RunStore>[] = [
  {
    title: 'lets go as many slices of a cluster at once as the window allows, and one more for each that is done',
    async check(runs) {
      const spec = await planned(runs, { window: 2 });
      assert.deepEqual(await releasedSlices(runs, spec.id), [0, 1]);
      assert.equal(await finish(runs, { runId: spec.id, slice: 1 }), 2);
      assert.deepEqual(await releasedSlices(runs, spec.id), [0, 2]);
      assert.equal(await finish(runs, { runId: spec.id, slice: 2 }), 3);
      assert.equal(await finish(runs, { runId: spec.id, slice: 0 }), null);
      assert.equal(await finish(runs, { runId: spec.id, slice: 3 }), null);
      assert.equal((await runs.get(spec.id))?.state, 'succeeded');
    },
  },
  {
    title: 'lets one more slice go when all devices of one wait, and none again when that is done',
    async check(runs) {
      const spec = await planned(runs, { window: 1 });
      const slice = { runId: spec.id, slice: 0 };
      const claim = await claimed(runs, slice);
      await runs.record(slice, claim, { started: [0], results: [], log: [] });
      const waits = { started: [], waiting: [0], results: [], log: [] };
      assert.equal((await runs.record(slice, claim, waits)).nextSlice, null);
      const allWait = { started: [], results: [], log: [], allWait: true };
      assert.equal((await runs.record(slice, claim, allWait)).nextSlice, 1);
      assert.equal((await runs.record(slice, claim, allWait)).nextSlice, null);
      assert.deepEqual(await releasedSlices(runs, spec.id), [0, 1]);
      const result = { started: [], results: [{ position: 0, result: sampleResult('d0') }], log: [] };
      assert.equal((await runs.record(slice, claim, result)).nextSlice, null);
      assert.equal(await finish(runs, { runId: spec.id, slice: 1 }), 2);
    },
  },
  {
    title: 'counts the window for each cluster',
    async check(runs) {
      const spec = sampleSpec();
      await runs.accept(spec, null);
      const slices = ['ams', 'ams', 'fra', 'fra'].map((cluster, index) => ({ cluster, names: [`d${index}`] }));
      await runs.plan(spec.id, { slices, sorted: false, window: 1 });
      assert.deepEqual(await releasedSlices(runs, spec.id), [0, 2]);
      assert.equal(await finish(runs, { runId: spec.id, slice: 2 }), 3);
    },
  },
  {
    title: 'queues nothing more of a cancelled run',
    async check(runs) {
      const spec = await planned(runs, { window: 1 });
      await runs.requestCancel(spec.id);
      assert.equal(await finish(runs, { runId: spec.id, slice: 0 }), null);
    },
  },
  {
    title: 'tells each owner how many devices of the slice may be in work',
    async check(runs) {
      const spec = await planned(runs, { window: 2, sliceParallel: 7 });
      assert.equal((await claimed(runs, { runId: spec.id, slice: 0 })).parallel, 7);
    },
  },
  {
    title: 'counts the devices that were in work when an owner was lost',
    async check(runs) {
      const spec = sampleSpec();
      const slice = { runId: spec.id, slice: 0 };
      await runs.accept(spec, samplePlan(['a', 'b', 'c']));
      const first = await claimed(runs, slice);
      assert.deepEqual([first.isTakenOver, [...first.losses]], [false, []]);
      await runs.record(slice, first, { started: [0, 1], results: [], log: [] });
      const second = await claimed(runs, slice);
      assert.deepEqual([second.isTakenOver, sorted(second)], [true, ['0=1', '1=1']]);
      const batch = { started: [], results: [{ position: 0, result: sampleResult('a') }], log: [] };
      await runs.record(slice, second, batch);
      assert.deepEqual(sorted(await claimed(runs, slice)), ['0=1', '1=2']);
    },
  },
  {
    title: 'counts nothing against devices that were given back',
    async check(runs) {
      const spec = sampleSpec();
      const slice = { runId: spec.id, slice: 0 };
      await runs.accept(spec, samplePlan(['a', 'b']));
      const first = await claimed(runs, slice);
      await runs.record(slice, first, { started: [0], results: [], log: [] });
      await runs.record(slice, first, { started: [], returned: [0, 1], results: [], log: [] });
      await runs.letGo(slice, first);
      const counts = (await runs.get(spec.id))?.counts;
      assert.deepEqual([counts?.pending, counts?.running], [2, 0]);
      assert.deepEqual(sorted(await claimed(runs, slice)), []);
    },
  },
  {
    title: 'lets only the present owner give a slice back',
    async check(runs) {
      const spec = sampleSpec();
      const slice = { runId: spec.id, slice: 0 };
      await runs.accept(spec, samplePlan(['a']));
      const first = await claimed(runs, slice, 'w1');
      await claimed(runs, slice, 'w2');
      await runs.letGo(slice, first);
      assert.deepEqual(
        (await runs.openSlices(spec.id)).map(({ owner }) => owner),
        ['w2'],
      );
    },
  },
];

/** A run of four slices of one cluster, with a device each. */
async function planned(runs: RunStore, limits: { window: number; sliceParallel?: number }) {
  const spec = sampleSpec();
  await runs.accept(spec, null);
  await runs.plan(spec.id, { ...samplePlan(['a'], ['b'], ['c'], ['d']), ...limits });
  return spec;
}

async function releasedSlices(runs: RunStore, runId: string): Promise<number[]> {
  return (await runs.openSlices(runId)).filter(({ isReleased }) => isReleased).map(({ slice }) => slice);
}

async function finish(runs: RunStore, slice: SliceRef): Promise<number | null> {
  const claim = await claimed(runs, slice);
  const results = claim.names.map((name, position) => ({ position, result: sampleResult(name) }));
  return (await runs.record(slice, claim, { started: [], results, log: [] })).nextSlice;
}

async function claimed(runs: RunStore, slice: SliceRef, owner = 'w1'): Promise<SliceClaim> {
  const claim = await runs.claim(slice, owner);
  if (typeof claim !== 'object') assert.fail(`the slice was not given out: ${claim}`);
  return claim;
}

function sorted({ losses }: SliceClaim): string[] {
  return [...losses].map(([position, times]) => `${position}=${times}`).sort();
}
