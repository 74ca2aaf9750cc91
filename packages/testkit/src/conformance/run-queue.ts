import assert from 'node:assert/strict';
import type { RunQueue } from '@runyard/domain';
import type { ConformanceCase } from './conformance-case.ts';
import { sampleSpec } from './run-samples.ts';

/** A queue, and what a test must see of it: the jobs that wait, in no particular order. */
export interface ObservedRunQueue {
  readonly queue: RunQueue;
  /** `<run>-<slice>` of each waiting slice of a cluster. */
  readonly waitingSlices: (cluster: string) => Promise<readonly string[]>;
  /** Run ids of the waiting plans. */
  readonly waitingPlans: () => Promise<readonly string[]>;
}

/** What every run queue promises. */
export const runQueueConformance: readonly ConformanceCase<ObservedRunQueue>[] = [
  {
    title: 'delivers each slice to the queue of its cluster',
    async check({ queue, waitingSlices }) {
      const { id: runId, service } = sampleSpec();
      const [ams, osl] = [`ams-${runId}`, `osl-${runId}`];
      await queue.addSlices([
        { runId, slice: 0, cluster: ams, service },
        { runId, slice: 1, cluster: osl, service },
        { runId, slice: 2, cluster: ams, service },
      ]);
      assert.deepEqual([...(await waitingSlices(ams))].sort(), [`${runId}-0`, `${runId}-2`]);
      assert.deepEqual(await waitingSlices(osl), [`${runId}-1`]);
    },
  },
  {
    title: 'holds a slice once, however often it is added',
    async check({ queue, waitingSlices }) {
      const { id: runId, service } = sampleSpec();
      const job = { runId, slice: 0, cluster: `once-${runId}`, service };
      await queue.addSlices([job]);
      await queue.addSlices([job, job]);
      assert.deepEqual(await waitingSlices(job.cluster), [`${runId}-0`]);
    },
  },
  {
    title: 'accepts an empty list of slices',
    async check({ queue }) {
      await queue.addSlices([]);
    },
  },
  {
    title: 'holds the plan of a run once',
    async check({ queue, waitingPlans }) {
      const { id, service } = sampleSpec();
      await queue.addPlan(id, service);
      await queue.addPlan(id, service);
      assert.equal((await waitingPlans()).filter((runId) => runId === id).length, 1);
    },
  },
];
