import assert from 'node:assert/strict';
import type { ParentOfRun, RunId, RunRetention, RunSpec, RunStore } from '@runyard/domain';
import type { ConformanceCase } from './conformance-case.ts';
import { samplePlan, sampleResult, sampleSpec } from './run-samples.ts';

/** How long runs are kept, and the runs themselves. */
export interface ObservedRunRetention {
  readonly retention: RunRetention;
  readonly runs: RunStore;
}

const HOUR_MS = 3_600_000;
const NOT_KEPT = { days: 0, runs: 10 };

/** What every run retention promises. */
export const runRetentionConformance: readonly ConformanceCase<ObservedRunRetention>[] = [
  {
    title: 'names the oldest ended runs beyond the number that is kept',
    async check({ retention, runs }) {
      const service = `excess-${sampleSpec().id}`;
      const ids = [];
      for (let count = 0; count < 5; count += 1) ids.push((await endedRun(runs, { service })).id);
      assert.deepEqual(await retention.excess(service, 5, 10), []);
      assert.deepEqual(await retention.excess(service, 3, 10), ids.slice(0, 2));
      assert.deepEqual(await retention.excess(service, 1, 2), ids.slice(0, 2));
      assert.deepEqual(await retention.excess('nobody ran it', 0, 10), []);
    },
  },
  {
    title: 'passes over runs that have not ended, however old',
    async check({ retention, runs }) {
      const service = `open-${sampleSpec().id}`;
      const open = [
        await openRun(runs, { service }),
        await openRun(runs, { service }),
        await openRun(runs, { service }),
      ];
      const ended = await endedRun(runs, { service });
      await endedRun(runs, { service });
      assert.deepEqual(await retention.excess(service, 1, 2), [ended.id]);
      assert.equal(await retention.remove(open.map(({ id }) => id)), 0);
      assert.equal((await runs.list({ service }, null, 10)).items.length, 5);
    },
  },
  {
    title: 'keeps a run below another one until that has ended too, however much of it is beyond what is kept',
    async check({ retention, runs }) {
      const service = `below-${sampleSpec().id}`;
      const parent = await openRun(runs);
      const below = [];
      for (let count = 0; count < 3; count += 1) {
        below.push((await endedRun(runs, { service, keep: NOT_KEPT, parent: belowRun(parent.id) })).id);
      }
      const free = await endedRun(runs, { service, keep: NOT_KEPT, parent: belowRun('f'.repeat(24)) });
      assert.deepEqual(await retention.excess(service, 0, 2), [free.id]);
      const kept = (await retention.oldest(parent.id, 10)).map(({ keptUntilMs }) => keptUntilMs !== null);
      assert.deepEqual(kept, [false, false, false, true]);
      assert.equal(await retention.remove([...below, free.id]), 1);
      assert.equal((await runs.get(below[0] ?? ''))?.state, 'succeeded');
      await endRun(runs, parent);
      assert.deepEqual(await retention.excess(service, 0, 10), below);
      assert.equal(await retention.remove(below), 3);
    },
  },
  {
    title: 'tells until when each run is kept, in the order of acceptance, page by page',
    async check({ retention, runs }) {
      const long = await endedRun(runs, { keep: { days: 30, runs: 10 } });
      const open = await openRun(runs);
      const short = await endedRun(runs, { keep: { days: 0.5, runs: 10 } });
      const all = [...(await retention.oldest(null, 2)), ...(await retention.oldest(open.id, 2))];
      assert.deepEqual(
        all.map(({ id }) => id),
        [long.id, open.id, short.id],
      );
      const kept = await Promise.all(
        all.map(async ({ id, keptUntilMs }) => {
          const { endedAtMs } = (await runs.get(id)) ?? {};
          return keptUntilMs === null || !endedAtMs ? null : Math.round((keptUntilMs - endedAtMs) / HOUR_MS);
        }),
      );
      assert.deepEqual(kept, [30 * 24, null, 12]);
    },
  },
  {
    title: 'keeps a run as long as its service says that ended before it was planned',
    async check({ retention, runs }) {
      const spec = timedSpec({ keep: { days: 30, runs: 10 } });
      await runs.accept(spec, null);
      await runs.requestCancel(spec.id);
      const [only] = await retention.oldest(null, 1);
      const { endedAtMs } = (await runs.get(spec.id)) ?? {};
      assert.equal(Math.round(((only?.keptUntilMs ?? 0) - (endedAtMs ?? 0)) / HOUR_MS), 30 * 24);
    },
  },
  {
    title: 'removes everything of ended runs, once',
    async check({ retention, runs }) {
      const labels = { ticket: `T-${sampleSpec().id}` };
      const service = `remove-${sampleSpec().id}`;
      const gone = await endedRun(runs, { service, labels });
      const cancelled = timedSpec({ service, labels });
      await runs.accept(cancelled, null);
      await runs.requestCancel(cancelled.id);
      const kept = await endedRun(runs, { service, labels });
      assert.equal(await retention.remove([gone.id, cancelled.id]), 2);
      assert.equal(await runs.get(gone.id), null);
      assert.equal(await runs.device(gone.id, 'a'), null);
      assert.deepEqual(await runs.resultsSince(gone.id, 0, 10), []);
      assert.equal(await runs.findByRuntime(gone.createdAtUs), null);
      const label = `ticket=${labels.ticket}`;
      for (const filter of [{}, { service }, { label }, { service, state: 'succeeded' as const }]) {
        const { items } = await runs.list(filter, null, 10);
        assert.deepEqual(
          items.map(({ spec }) => spec.id),
          [kept.id],
        );
      }
      assert.equal((await runs.device(kept.id, 'a'))?.state, 'succeeded');
    },
  },
  {
    title: 'is given the same runs twice, and runs that never were, without harm',
    async check({ retention, runs }) {
      const { id } = await endedRun(runs);
      await retention.remove([id]);
      await retention.remove([id, 'f'.repeat(24)]);
      assert.equal(await retention.remove([]), 0);
    },
  },
];

/** Ids of real runs begin with their creation time, and pages rely on it. */
function timedSpec(changes: Partial<RunSpec> = {}): RunSpec {
  const { createdAtUs, id, ...rest } = sampleSpec(changes);
  return { ...rest, createdAtUs, id: `${createdAtUs.toString(16).padStart(14, '0')}${id.slice(-10)}` };
}

async function openRun(runs: RunStore, changes: Partial<RunSpec> = {}): Promise<RunSpec> {
  const spec = timedSpec(changes);
  await runs.accept(spec, samplePlan(['a']));
  return spec;
}

async function endedRun(runs: RunStore, changes: Partial<RunSpec> = {}): Promise<RunSpec> {
  const spec = await openRun(runs, changes);
  await endRun(runs, spec);
  return spec;
}

async function endRun(runs: RunStore, spec: RunSpec): Promise<void> {
  const slice = { runId: spec.id, slice: 0 };
  const claim = await runs.claim(slice, 'w1');
  assert.ok(typeof claim === 'object');
  const log = [{ atMs: spec.createdAtUs / 1_000, device: 'a', text: 'a line' }];
  // Too long for a row, so that there is an output beside it.
  const result = sampleResult('a', { result: 'x'.repeat(10_000) });
  await runs.record(slice, claim, { started: [], results: [{ position: 0, result }], log });
}

function belowRun(runId: RunId): ParentOfRun {
  return { runId, rootRunId: runId, stepId: 'below', onParentClose: 'abandon', chain: [] };
}
