import assert from 'node:assert/strict';
import type { RunStore, SliceClaim, SliceRef } from '@runyard/domain';
import type { ConformanceCase } from './conformance-case.ts';
import { samplePlan, sampleResult, sampleSpec } from './run-samples.ts';

const NO_RESULTS = { started: [], results: [], log: [] };

/** From accepted to ended: claims, fencing, counting, cancelling. */
export const runStoreLifeCases: readonly ConformanceCase<RunStore>[] = [
  {
    title: 'gives back an accepted run, queued and with its devices counted',
    async check(runs) {
      const spec = sampleSpec({ labels: { ticket: 'T-1' } });
      await runs.accept(spec, samplePlan(['a', 'b']));
      const record = await runs.get(spec.id);
      assert.deepEqual(record?.spec, spec);
      assert.equal(record?.state, 'queued');
      assert.equal(record?.planned, true);
      assert.equal(record?.slices, 1);
      assert.equal(record?.counts.pending, 2);
      assert.equal(record?.counts.total, 2);
      assert.equal(record?.startedAtMs, null);
      assert.equal(record?.endedAtMs, null);
      assert.equal(record?.cancelRequested, false);
      assert.equal(record?.error, null);
    },
  },
  {
    title: 'knows no run that was not accepted',
    async check(runs) {
      assert.equal(await runs.get('0'.repeat(24)), null);
      assert.equal(await runs.requestCancel('0'.repeat(24)), null);
      assert.equal(await runs.claim({ runId: '0'.repeat(24), slice: 0 }, 'w1'), 'gone');
    },
  },
  {
    title: 'keeps all targets that the caller named until the run is planned',
    async check(runs) {
      const devices = Array.from({ length: 500 }, (_, index) => `d${index}`);
      const spec = sampleSpec({ targets: { devices, pools: ['core'] } });
      await runs.accept(spec, null);
      assert.deepEqual(await runs.targets(spec.id), { devices, pools: ['core'] });
      assert.equal(await runs.targets('0'.repeat(24)), null);
    },
  },
  {
    title: 'writes a plan once',
    async check(runs) {
      const spec = sampleSpec();
      await runs.accept(spec, null);
      assert.equal((await runs.get(spec.id))?.planned, false);
      assert.equal(await runs.plan(spec.id, samplePlan(['a'], ['b'])), 'written');
      assert.equal(await runs.plan(spec.id, samplePlan(['c'])), 'planned');
      const record = await runs.get(spec.id);
      assert.equal(record?.slices, 2);
      assert.equal(record?.counts.total, 2);
    },
  },
  {
    title: 'starts a run with the first claim of one of its slices',
    async check(runs) {
      const spec = sampleSpec();
      await runs.accept(spec, samplePlan(['a', 'b']));
      const claim = await claimed(runs, { runId: spec.id, slice: 0 });
      assert.deepEqual(claim.names, ['a', 'b']);
      assert.deepEqual(claim.states, ['pending', 'pending']);
      assert.deepEqual(claim.spec, spec);
      assert.equal(claim.cluster, 'ams');
      assert.equal(claim.cancelRequested, false);
      const record = await runs.get(spec.id);
      assert.equal(record?.state, 'running');
      assert.equal(typeof record?.startedAtMs, 'number');
    },
  },
  {
    title: 'tells the number of the first device of a slice in the run',
    async check(runs) {
      const spec = sampleSpec();
      await runs.accept(spec, samplePlan(['a', 'b'], ['c']));
      assert.equal((await claimed(runs, { runId: spec.id, slice: 1 })).first, 2);
    },
  },
  {
    title: 'ends a run succeeded when its last device succeeded',
    async check(runs) {
      const spec = sampleSpec();
      await runs.accept(spec, samplePlan(['a'], ['b']));
      const first = await finish(runs, { runId: spec.id, slice: 0 });
      assert.equal(first.runState, 'running');
      const second = await finish(runs, { runId: spec.id, slice: 1 });
      assert.deepEqual(second, {
        owned: true,
        cancelRequested: false,
        runState: 'succeeded',
        nextSlice: null,
        paused: false,
        ended: true,
        soakMs: null,
      });
      const record = await runs.get(spec.id);
      assert.equal(record?.state, 'succeeded');
      assert.equal(record?.counts.succeeded, 2);
      assert.equal(typeof record?.endedAtMs, 'number');
    },
  },
  {
    title: 'ends a run failed when one of its devices failed',
    async check(runs) {
      const spec = sampleSpec();
      const slice = { runId: spec.id, slice: 0 };
      await runs.accept(spec, samplePlan(['a', 'b']));
      const claim = await claimed(runs, slice);
      await runs.record(slice, claim, {
        started: [0, 1],
        log: [],
        results: [
          { position: 0, result: sampleResult('a') },
          { position: 1, result: sampleResult('b', { state: 'failed' }) },
        ],
      });
      const record = await runs.get(spec.id);
      assert.equal(record?.state, 'failed');
      assert.equal(record?.counts.failed, 1);
      assert.equal(record?.counts.succeeded, 1);
    },
  },
  {
    title: 'refuses the write of whoever claimed a slice before its present owner',
    async check(runs) {
      const spec = sampleSpec();
      const slice = { runId: spec.id, slice: 0 };
      await runs.accept(spec, samplePlan(['a']));
      const old = await claimed(runs, slice, 'w1');
      const present = await claimed(runs, slice, 'w2');
      assert.ok(present.token > old.token);
      const batch = { started: [], results: [{ position: 0, result: sampleResult('a') }], log: [] };
      assert.equal((await runs.record(slice, old, batch)).owned, false);
      assert.equal((await runs.get(spec.id))?.counts.succeeded, 0);
      assert.equal((await runs.record(slice, present, batch)).owned, true);
    },
  },
  {
    title: 'keeps the first result of a device',
    async check(runs) {
      const spec = sampleSpec();
      const slice = { runId: spec.id, slice: 0 };
      await runs.accept(spec, samplePlan(['a', 'b']));
      const first = await claimed(runs, slice);
      await runs.record(slice, first, {
        started: [0],
        results: [{ position: 0, result: sampleResult('a') }],
        log: [],
      });
      const second = await claimed(runs, slice, 'w2');
      assert.deepEqual(second.states, ['succeeded', 'pending']);
      const late = sampleResult('a', { state: 'failed' });
      await runs.record(slice, second, { started: [], results: [{ position: 0, result: late }], log: [] });
      assert.equal((await runs.get(spec.id))?.counts.succeeded, 1);
      assert.equal((await runs.get(spec.id))?.counts.failed, 0);
    },
  },
  {
    title: 'gives a finished slice to nobody',
    async check(runs) {
      const spec = sampleSpec();
      await runs.accept(spec, samplePlan(['a'], ['b']));
      await finish(runs, { runId: spec.id, slice: 0 });
      assert.equal(await runs.claim({ runId: spec.id, slice: 0 }, 'w2'), 'done');
    },
  },
  {
    title: 'counts devices that began as running',
    async check(runs) {
      const spec = sampleSpec();
      const slice = { runId: spec.id, slice: 0 };
      await runs.accept(spec, samplePlan(['a', 'b']));
      const claim = await claimed(runs, slice);
      await runs.record(slice, claim, { ...NO_RESULTS, started: [1] });
      const record = await runs.get(spec.id);
      assert.equal(record?.counts.running, 1);
      assert.equal(record?.counts.pending, 1);
    },
  },
  {
    title: 'tells the owner of a slice that the run is to be cancelled, and ends it cancelled',
    async check(runs) {
      const spec = sampleSpec();
      const slice = { runId: spec.id, slice: 0 };
      await runs.accept(spec, samplePlan(['a']));
      const claim = await claimed(runs, slice);
      assert.equal(await runs.requestCancel(spec.id), 'cancelling');
      const { token } = claim;
      const nowhere = { runId: '0'.repeat(24), slice: 0, token };
      assert.deepEqual(await runs.orders([{ ...slice, token }, { ...slice, token: token - 1 }, nowhere]), [
        { owned: true, cancelRequested: true, paused: false },
        { owned: false, cancelRequested: true, paused: false },
        { owned: false, cancelRequested: false, paused: false },
      ]);
      assert.equal((await runs.record(slice, claim, NO_RESULTS)).cancelRequested, true);
      const result = sampleResult('a', { state: 'cancelled' });
      await runs.record(slice, claim, { started: [], results: [{ position: 0, result }], log: [] });
      assert.equal((await runs.get(spec.id))?.state, 'cancelled');
    },
  },
  {
    title: 'ends a cancelled run at once that was not planned yet',
    async check(runs) {
      const spec = sampleSpec();
      await runs.accept(spec, null);
      assert.equal(await runs.requestCancel(spec.id), 'cancelled');
      assert.equal((await runs.get(spec.id))?.state, 'cancelled');
      assert.equal(await runs.plan(spec.id, samplePlan(['a'])), 'ended');
    },
  },
  {
    title: 'leaves a run that has ended as it is',
    async check(runs) {
      const spec = sampleSpec();
      await runs.accept(spec, samplePlan(['a']));
      await finish(runs, { runId: spec.id, slice: 0 });
      const ended = await runs.get(spec.id);
      assert.equal(await runs.requestCancel(spec.id), 'succeeded');
      await runs.fail(spec.id, { code: 'RUN_TIMEOUT', message: 'too late' });
      assert.equal(await runs.plan(spec.id, samplePlan(['b'])), 'ended');
      assert.deepEqual(await runs.get(spec.id), ended);
    },
  },
  {
    title: 'ends a run failed, with the reason, when it could not start',
    async check(runs) {
      const spec = sampleSpec();
      await runs.accept(spec, null);
      await runs.fail(spec.id, { code: 'TARGETS_EMPTY', message: 'The pool is empty.' });
      const record = await runs.get(spec.id);
      assert.equal(record?.state, 'failed');
      assert.deepEqual(record?.error, { code: 'TARGETS_EMPTY', message: 'The pool is empty.' });
    },
  },
  {
    title: 'raises the revision with each change',
    async check(runs) {
      const spec = sampleSpec();
      const slice = { runId: spec.id, slice: 0 };
      await runs.accept(spec, samplePlan(['a']));
      const revisions = [await revisionOf(runs, spec.id)];
      const claim = await claimed(runs, slice);
      revisions.push(await revisionOf(runs, spec.id));
      const batch = { started: [], results: [{ position: 0, result: sampleResult('a') }], log: [] };
      await runs.record(slice, claim, batch);
      revisions.push(await revisionOf(runs, spec.id));
      assert.ok(revisions.every((revision, index) => index === 0 || revision > (revisions[index - 1] ?? 0)));
    },
  },
];

async function claimed(runs: RunStore, slice: SliceRef, owner = 'w1'): Promise<SliceClaim> {
  const claim = await runs.claim(slice, owner);
  if (typeof claim !== 'object') assert.fail(`the slice was not given out: ${claim}`);
  return claim;
}

async function finish(runs: RunStore, slice: SliceRef) {
  const claim = await claimed(runs, slice);
  const results = claim.names.map((name, position) => ({ position, result: sampleResult(name) }));
  return runs.record(slice, claim, { started: [], results, log: [] });
}

async function revisionOf(runs: RunStore, runId: string): Promise<number> {
  return (await runs.get(runId))?.revision ?? 0;
}
