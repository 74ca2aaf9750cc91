import assert from 'node:assert/strict';
import type { RunStore, SliceClaim, StepRecord, StepStore } from '@runyard/domain';
import type { ConformanceCase } from './conformance-case.ts';
import { samplePlan, sampleSpec } from './run-samples.ts';

/** A step store, and the run store whose slices decide who may write. */
export interface StoredSteps {
  readonly steps: StepStore;
  readonly runs: RunStore;
}

const RECORD: StepRecord = { state: 'running', startedAtMs: 1_000, endedAtMs: null, result: null, error: null };
const DONE: StepRecord = {
  ...RECORD,
  state: 'succeeded',
  endedAtMs: 2_000,
  result: { version: '17.3' },
  vars: { a: 1 },
};

async function claimed({ runs }: StoredSteps): Promise<{ runId: string; claim: SliceClaim }> {
  const spec = sampleSpec();
  await runs.accept(spec, samplePlan(['a', 'b']));
  const claim = await runs.claim({ runId: spec.id, slice: 0 }, 'w1');
  if (typeof claim === 'string') throw new Error(`the slice is ${claim}`);
  return { runId: spec.id, claim };
}

/** What every store of steps promises. */
export const stepStoreConformance: readonly ConformanceCase<StoredSteps>[] = [
  {
    title: 'gives back the steps of a device that have begun, and no others',
    async check(stored) {
      const { runId, claim } = await claimed(stored);
      const slice = { runId, slice: 0 };
      assert.equal(await stored.steps.write(slice, claim, { runId, device: 'a', step: 'check' }, DONE), true);
      assert.equal(await stored.steps.write(slice, claim, { runId, device: 'b', step: 'check' }, RECORD), true);
      const found = await stored.steps.read(runId, 'a', ['check', 'push']);
      assert.deepEqual([...found], [['check', DONE]]);
      assert.deepEqual([...(await stored.steps.read(runId, 'c', ['check']))], []);
      assert.deepEqual([...(await stored.steps.read(runId, 'a', []))], []);
    },
  },
  {
    title: 'takes no step of a worker whose slice somebody else has taken',
    async check(stored) {
      const { runId, claim } = await claimed(stored);
      const slice = { runId, slice: 0 };
      const ref = { runId, device: 'a', step: 'check' };
      const next = await stored.runs.claim(slice, 'w2');
      assert.ok(typeof next !== 'string');
      assert.equal(await stored.steps.write(slice, claim, ref, DONE), false);
      assert.equal((await stored.steps.read(runId, 'a', ['check'])).size, 0);
      assert.equal(await stored.steps.write(slice, next, ref, RECORD), true);
    },
  },
  {
    title: 'changes a step only from the state that the writer saw, and says so with the revision of the run',
    async check(stored) {
      const { runId, claim } = await claimed(stored);
      const ref = { runId, device: '', step: 'ask' };
      const waiting: StepRecord = { ...RECORD, state: 'waiting', message: 'go on?' };
      assert.equal(await stored.steps.change(ref, 'waiting', DONE), false);
      await stored.steps.write({ runId, slice: 0 }, claim, ref, waiting);
      assert.equal(await stored.steps.change(ref, 'requested', DONE), false);
      const before = (await stored.runs.get(runId))?.revision ?? 0;
      const tries = await Promise.all([1, 2, 3].map(() => stored.steps.change(ref, 'waiting', DONE)));
      assert.equal(tries.filter(Boolean).length, 1);
      assert.deepEqual((await stored.steps.read(runId, '', ['ask'])).get('ask'), DONE);
      assert.equal((await stored.runs.get(runId))?.revision, before + 1);
    },
  },
  {
    title: 'lists every step of a run, page by page',
    async check(stored) {
      const { runId, claim } = await claimed(stored);
      for (const device of ['a', 'b']) {
        for (const step of ['one', 'two[0]']) {
          await stored.steps.write({ runId, slice: 0 }, claim, { runId, device, step }, DONE);
        }
      }
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await stored.steps.list(runId, cursor, 1);
        for (const { device, step, record } of page.items) {
          seen.push(`${device} ${step}`);
          assert.deepEqual(record, DONE);
        }
        cursor = page.cursor;
      } while (cursor !== null);
      assert.deepEqual([...new Set(seen)].sort(), ['a one', 'a two[0]', 'b one', 'b two[0]']);
    },
  },
];
