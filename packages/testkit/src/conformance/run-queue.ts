import assert from 'node:assert/strict';
import type { Priority, RunQueue, SliceJob } from '@runyard/domain';
import type { ConformanceCase } from './conformance-case.ts';
import { sampleSpec } from './run-samples.ts';

/** A queue, and what a test must see of it: the jobs that wait. */
export interface ObservedRunQueue {
  readonly queue: RunQueue;
  /** `<run>-<slice>` of each waiting slice of a cluster, in the order in which they are taken. */
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
  {
    title: 'keeps a plan that is put off apart from the one that waits',
    async check({ queue, waitingPlans }) {
      const { id, service } = sampleSpec();
      await queue.addPlan(id, service, 60_000);
      assert.equal((await waitingPlans()).includes(id), false);
      await queue.addPlan(id, service);
      assert.equal((await waitingPlans()).filter((runId) => runId === id).length, 1);
    },
  },
  {
    title: 'gives high slices before normal ones, and low ones last',
    async check({ queue, waitingSlices }) {
      const { job, ids } = jobsOf('order');
      await queue.addSlices([job('low', 0)]);
      await queue.addSlices([job('normal', 0), job('normal', 1)]);
      await queue.addSlices([job('high', 0), job('high', 1)]);
      await queue.addSlices([job('low', 1)]);
      const order = ['high-0', 'high-1', 'normal-0', 'normal-1', 'low-0', 'low-1'];
      assert.deepEqual(await waitingSlices(job('low', 0).cluster), ids(order));
    },
  },
  {
    title: 'raises a low slice to a normal one, and next before those that wait for less long',
    async check({ queue, waitingSlices }) {
      const { job, ids } = jobsOf('raise');
      const { cluster } = job('low', 0);
      await queue.addSlices([job('low', 0), job('low', 1)]);
      await queue.addSlices([job('normal', 0)]);
      assert.deepEqual(await queue.raise([job('low', 0)], 0), [job('low', 0)]);
      assert.deepEqual(await waitingSlices(cluster), ids(['normal-0', 'low-0', 'low-1']));
      await queue.addSlices([job('high', 0)]);
      await queue.raise([job('low', 0)], 0);
      assert.deepEqual(await waitingSlices(cluster), ids(['low-0', 'high-0', 'normal-0', 'low-1']));
      await queue.raise([job('normal', 0)], 0);
      assert.deepEqual(await waitingSlices(cluster), ids(['normal-0', 'low-0', 'high-0', 'low-1']));
    },
  },
  {
    title: 'raises several at once in the order in which they waited',
    async check({ queue, waitingSlices }) {
      const { job, ids } = jobsOf('several');
      await queue.addSlices([job('normal', 0), job('normal', 1), job('normal', 2)]);
      await queue.addSlices([job('high', 0)]);
      await queue.raise([job('normal', 0), job('normal', 1), job('normal', 2)], 0);
      const order = ['normal-0', 'normal-1', 'normal-2', 'high-0'];
      assert.deepEqual(await waitingSlices(job('high', 0).cluster), ids(order));
    },
  },
  {
    title: 'leaves a slice where it is that has not waited for long',
    async check({ queue, waitingSlices }) {
      const { job, ids } = jobsOf('young');
      await queue.addSlices([job('low', 0), job('normal', 0)]);
      assert.equal((await queue.raise([job('low', 0), job('normal', 0)], 3_600_000)).length, 2);
      assert.deepEqual(await waitingSlices(job('low', 0).cluster), ids(['normal-0', 'low-0']));
    },
  },
  {
    title: 'raises nothing that is not in the queue',
    async check({ queue, waitingSlices }) {
      const { job } = jobsOf('gone');
      assert.deepEqual(await queue.raise([job('low', 0)], 0), []);
      assert.deepEqual(await queue.raise([], 0), []);
      assert.deepEqual(await waitingSlices(job('low', 0).cluster), []);
      assert.deepEqual(await queue.raisePlans([sampleSpec().id], 0), []);
    },
  },
];

/** Slices of three runs, one of each priority, in a cluster of their own. */
function jobsOf(name: string) {
  const runs = { high: sampleSpec().id, normal: sampleSpec().id, low: sampleSpec().id };
  const job = (priority: Priority, slice: number): SliceJob => ({
    runId: runs[priority],
    slice,
    cluster: `${name}-${runs.normal}`,
    service: 's',
    ...(priority === 'normal' ? {} : { priority }),
  });
  const ids = (names: readonly string[]): readonly string[] =>
    names.map((text) => {
      const [priority, slice] = text.split('-');
      return `${runs[priority as Priority]}-${slice}`;
    });
  return { job, ids };
}
