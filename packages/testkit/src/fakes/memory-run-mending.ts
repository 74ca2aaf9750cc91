import type { Clock, JobCheck, RunId, RunMending, SliceJob } from '@runyard/domain';
import type { MemoryRunQueue } from './memory-run-queue.ts';
import type { MemoryRunStore } from './memory-run-store.ts';

/** Mends the records of a store in memory. */
export class MemoryRunMending implements RunMending {
  private readonly runs: MemoryRunStore['records'];
  private readonly clock: Clock;

  constructor({ records }: MemoryRunStore, clock: Clock) {
    this.runs = records;
    this.clock = clock;
  }

  async endDone(runId: RunId): Promise<boolean> {
    const run = this.runs.get(runId);
    if (!run || run.isEnded) return false;
    if (run.state === 'queued' && run.slices.every(({ isDone }) => isDone)) run.apply('start', this.clock.nowMs());
    run.endWhenDone(this.clock.nowMs());
    return run.isEnded;
  }

  async openCount(): Promise<number> {
    return [...this.runs.values()].filter(({ isEnded }) => !isEnded).length;
  }
}

/** Looks into a queue in memory. A job that was taken counts as gone. */
export class MemoryJobCheck implements JobCheck {
  private readonly queue: MemoryRunQueue;

  constructor(queue: MemoryRunQueue) {
    this.queue = queue;
  }

  async missing(jobs: readonly SliceJob[]): Promise<readonly SliceJob[]> {
    return jobs.filter(({ runId, slice }) => !this.queue.slices.has(`${runId}-${slice}`));
  }

  async hasPlan(runId: RunId): Promise<boolean> {
    return this.queue.plans.has(runId);
  }
}
