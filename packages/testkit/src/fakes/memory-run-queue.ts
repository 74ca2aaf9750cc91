import type { RunId, RunQueue, SliceJob } from '@runyard/domain';

/** Keeps what was queued. Like the real one, a slice that is added twice is there once. */
export class MemoryRunQueue implements RunQueue {
  readonly followsStore = false;
  readonly slices = new Map<string, SliceJob>();
  readonly plans = new Map<RunId, string>();

  addSlices(jobs: readonly SliceJob[]): Promise<void> {
    for (const job of jobs) this.slices.set(`${job.runId}-${job.slice}`, job);
    return Promise.resolve();
  }

  addPlan(runId: RunId, service: string): Promise<void> {
    this.plans.set(runId, service);
    return Promise.resolve();
  }

  /** Takes the oldest slice off the queue. */
  take(): SliceJob | undefined {
    const [first] = this.slices;
    if (!first) return undefined;
    this.slices.delete(first[0]);
    return first[1];
  }
}
