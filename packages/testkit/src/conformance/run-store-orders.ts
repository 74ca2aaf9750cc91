import assert from 'node:assert/strict';
import type { RunPlan, RunSpec, RunStore, SliceRef } from '@runyard/domain';
import type { ConformanceCase } from './conformance-case.ts';
import { sampleResult, sampleSpec } from './run-samples.ts';

const TOO_LATE = { code: 'RUN_EXPIRED', message: 'too late' } as const;

/** Pause, expiry and rollout: what people and clocks order a run to do. */
export const runStoreOrderCases: readonly ConformanceCase<RunStore>[] = [
  {
    title: 'gives no slice of a paused run to anybody, and gives it again when the run is resumed',
    async check(runs) {
      const { id } = await accepted(runs, { slices: [{ cluster: 'ams', names: ['a', 'b'] }], sorted: false });
      const slice = { runId: id, slice: 0 };
      assert.equal(await runs.setPause(id, { atMs: 5, by: 'ada', reason: 'lunch' }), 'queued');
      assert.equal(await runs.claim(slice, 'w1'), 'paused');
      assert.deepEqual((await runs.get(id))?.pause, { atMs: 5, by: 'ada', reason: 'lunch' });
      assert.deepEqual(await runs.orders([{ ...slice, token: 1 }]), [
        { owned: false, cancelRequested: false, paused: true },
      ]);
      assert.equal(await runs.setPause(id, null), 'queued');
      assert.equal((await runs.get(id))?.pause, null);
      assert.equal(typeof (await runs.claim(slice, 'w1')), 'object');
    },
  },
  {
    title: 'pins a run to the text that came first',
    async check(runs) {
      const { id } = await accepted(runs, { slices: [{ cluster: 'ams', names: ['a'] }], sorted: false });
      assert.equal(await runs.pin(id, 'one'), 'one');
      assert.equal(await runs.pin(id, 'two'), 'one');
      const other = await accepted(runs, { slices: [{ cluster: 'ams', names: ['a'] }], sorted: false });
      assert.equal(await runs.pin(other.id, 'two'), 'two');
      assert.equal(await runs.pin('0'.repeat(24), 'three'), 'three');
      assert.equal(await runs.get('0'.repeat(24)), null);
    },
  },
  {
    title: 'tells an owner that its run was paused, and takes the slice back from him',
    async check(runs) {
      const { id } = await accepted(runs, { slices: [{ cluster: 'ams', names: ['a', 'b'] }], sorted: false });
      const slice = { runId: id, slice: 0 };
      const claim = await claimed(runs, slice);
      await runs.setPause(id, { atMs: 5, by: 'ada' });
      const results = [{ position: 0, result: sampleResult('a') }];
      const answer = await runs.record(slice, claim, { started: [0], results, log: [] });
      assert.equal(answer.paused, true);
      assert.deepEqual(await runs.letGo(slice, claim), { paused: true });
      await runs.setPause(id, null);
      assert.deepEqual(await runs.letGo(slice, claim), { paused: false });
      assert.deepEqual(await runs.openSlices(id), [
        { runId: id, slice: 0, cluster: 'ams', owner: null, isReleased: true },
      ]);
    },
  },
  {
    title: 'gives slices of a paused run that is to be cancelled, so that they can be ended',
    async check(runs) {
      const { id } = await accepted(runs, { slices: [{ cluster: 'ams', names: ['a'] }], sorted: false });
      await runs.setPause(id, { atMs: 5, by: 'ada' });
      await runs.requestCancel(id);
      assert.equal(typeof (await runs.claim({ runId: id, slice: 0 }, 'cancel')), 'object');
    },
  },
  {
    title: 'neither pauses what has ended nor a run that is not there',
    async check(runs) {
      const { id } = await accepted(runs, { slices: [{ cluster: 'ams', names: ['a'] }], sorted: false });
      await finish(runs, { runId: id, slice: 0 });
      assert.equal(await runs.setPause(id, { atMs: 5, by: 'ada' }), 'succeeded');
      assert.equal((await runs.get(id))?.pause, null);
      assert.equal(await runs.setPause('0'.repeat(24), null), null);
    },
  },
  {
    title: 'ends a run at once whose time to begin is over, and nobody can take it any more',
    async check(runs) {
      const { id } = await accepted(runs, { slices: [{ cluster: 'ams', names: ['a'] }], sorted: false });
      assert.equal(await runs.expire(id, TOO_LATE), 'ended');
      const record = await runs.get(id);
      assert.equal(record?.state, 'expired');
      assert.deepEqual(record?.error, TOO_LATE);
      assert.equal(await runs.claim({ runId: id, slice: 0 }, 'w1'), 'done');
      assert.equal(await runs.expire(id, TOO_LATE), 'left');
    },
  },
  {
    title: 'tells the owner of a slice whose run expired to end, and ends it expired when a device was cut off',
    async check(runs) {
      const { id } = await accepted(runs, { slices: [{ cluster: 'ams', names: ['a', 'b'] }], sorted: false });
      const slice = { runId: id, slice: 0 };
      const claim = await claimed(runs, slice);
      assert.equal(await runs.expire(id, TOO_LATE), 'ending');
      assert.equal(await runs.expire(id, TOO_LATE), 'left');
      const first = [{ position: 0, result: sampleResult('a') }];
      assert.equal((await runs.record(slice, claim, { started: [], results: first, log: [] })).cancelRequested, true);
      const second = [{ position: 1, result: sampleResult('b', { state: 'cancelled' }) }];
      const answer = await runs.record(slice, claim, { started: [], results: second, log: [] });
      assert.deepEqual([answer.ended, answer.runState], [true, 'expired']);
    },
  },
  {
    title: 'finds the runs whose time is over, until they are looked after',
    async check(runs) {
      const spec = sampleSpec({ startByMs: 1_000, deadlineMs: 2_000 });
      await runs.accept(spec, null);
      assert.deepEqual(await runs.dueRuns(999, 10), []);
      assert.deepEqual(await runs.dueRuns(1_000, 10), [spec.id]);
      await runs.setDue(spec.id, 2_000);
      assert.deepEqual(await runs.dueRuns(1_999, 10), []);
      assert.deepEqual(await runs.dueRuns(2_000, 10), [spec.id]);
      await runs.setDue(spec.id, null);
      assert.deepEqual(await runs.dueRuns(9_000, 10), []);
    },
  },
  {
    title: 'lets the slices of one batch go at a time, the next after the soak time',
    async check(runs) {
      const { id } = await accepted(runs, rolloutPlan({ soakMs: 0 }));
      assert.deepEqual(await released(runs, id), [0]);
      assert.equal(await runs.nextBatch(id, 0), false);
      const { soakMs, nextSlice } = await finish(runs, { runId: id, slice: 0 });
      assert.deepEqual([soakMs, nextSlice], [0, null]);
      assert.equal((await runs.get(id))?.rollout?.batch, 0);
      assert.equal(await runs.nextBatch(id, 1), false);
      assert.equal(await runs.nextBatch(id, 0), true);
      assert.equal(await runs.nextBatch(id, 0), false);
      assert.deepEqual((await runs.get(id))?.rollout, { batch: 1, batches: 3, nextAtMs: null });
      // A window of one slice: the second slice of the batch goes when the first is done.
      assert.deepEqual(await released(runs, id), [1, 3]);
      assert.equal((await finish(runs, { runId: id, slice: 1 })).nextSlice, 2);
      assert.equal((await finish(runs, { runId: id, slice: 3 })).soakMs, null);
      assert.equal((await finish(runs, { runId: id, slice: 2 })).soakMs, 0);
      assert.equal(await runs.nextBatch(id, 1), true);
      const last = await finish(runs, { runId: id, slice: 4 });
      assert.deepEqual([last.ended, last.soakMs, last.runState], [true, null, 'succeeded']);
    },
  },
  {
    title: 'begins no batch before its soak time is over',
    async check(runs) {
      const { id } = await accepted(runs, rolloutPlan({ soakMs: 86_400_000 }));
      assert.equal((await finish(runs, { runId: id, slice: 0 })).soakMs, 86_400_000);
      assert.equal(await runs.nextBatch(id, 0), false);
      assert.equal(typeof (await runs.get(id))?.rollout?.nextAtMs, 'number');
    },
  },
  {
    title: 'stops a rollout in which too many devices failed, and ends it failed when the others have their end',
    async check(runs) {
      const { id } = await accepted(runs, rolloutPlan({ failuresMax: 0 }));
      const answer = await finish(runs, { runId: id, slice: 0 }, 'failed');
      assert.deepEqual([answer.cancelRequested, answer.soakMs, answer.runState], [true, null, 'running']);
      assert.equal((await runs.get(id))?.error?.code, 'ROLLOUT_STOPPED');
      assert.equal(await runs.nextBatch(id, 0), false);
      for (const slice of [1, 2, 3, 4]) await finish(runs, { runId: id, slice }, 'cancelled');
      assert.equal((await runs.get(id))?.state, 'failed');
    },
  },
  {
    title: 'pauses a rollout in which too many devices failed, and allows as many again when it is resumed',
    async check(runs) {
      const { id } = await accepted(runs, rolloutPlan({ failuresMax: 0, onBreach: 'pause' }));
      const answer = await finish(runs, { runId: id, slice: 0 }, 'failed');
      assert.deepEqual([answer.cancelRequested, answer.paused], [false, true]);
      assert.equal((await runs.get(id))?.pause?.by, 'rollout');
      assert.equal(await runs.nextBatch(id, 0), false);
      await runs.setPause(id, null);
      assert.equal(await runs.nextBatch(id, 0), true);
      assert.equal((await finish(runs, { runId: id, slice: 1 })).paused, false);
      assert.equal((await finish(runs, { runId: id, slice: 2 }, 'failed')).paused, true);
    },
  },
];

/** A canary of one device, then two clusters, then one device; of each cluster one slice at a time. */
function rolloutPlan(changes: Partial<NonNullable<RunPlan['rollout']>>): RunPlan {
  return {
    slices: [
      { cluster: 'ams', names: ['a'], batch: 0 },
      { cluster: 'ams', names: ['b'], batch: 1 },
      { cluster: 'ams', names: ['c'], batch: 1 },
      { cluster: 'fra', names: ['d'], batch: 1 },
      { cluster: 'ams', names: ['e'], batch: 2 },
    ],
    sorted: false,
    window: 1,
    rollout: { sizes: [1, 3, 1], failuresMax: null, soakMs: 0, onBreach: 'stop', ...changes },
  };
}

async function accepted(runs: RunStore, plan: RunPlan): Promise<RunSpec> {
  const spec = sampleSpec();
  if (plan.rollout) {
    await runs.accept(spec, null);
    assert.equal(await runs.plan(spec.id, plan), 'written');
  } else await runs.accept(spec, plan);
  return spec;
}

async function claimed(runs: RunStore, slice: SliceRef) {
  const claim = await runs.claim(slice, 'w1');
  if (typeof claim === 'string') assert.fail(`the slice is ${claim}`);
  return claim;
}

async function released(runs: RunStore, runId: string): Promise<number[]> {
  const open = await runs.openSlices(runId);
  return open.filter(({ isReleased }) => isReleased).map(({ slice }) => slice);
}

/** Takes a slice and ends all its devices in this state. */
async function finish(runs: RunStore, slice: SliceRef, state: 'succeeded' | 'failed' | 'cancelled' = 'succeeded') {
  const claim = await claimed(runs, slice);
  const results = claim.names.map((name, position) => ({ position, result: sampleResult(name, { state }) }));
  return runs.record(slice, claim, { started: [], results, log: [] });
}
