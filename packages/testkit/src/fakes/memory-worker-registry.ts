import type { Clock, WorkerInfo, WorkerRegistry } from '@runyard/domain';

/** Workers that were heard of within the last seconds. */
export class MemoryWorkerRegistry implements WorkerRegistry {
  private readonly clock: Clock;
  private readonly deadAfterMs: number;
  private readonly workers = new Map<string, WorkerInfo>();

  constructor(clock: Clock, deadAfterMs = 15_000) {
    this.clock = clock;
    this.deadAfterMs = deadAfterMs;
  }

  heartbeat(worker: WorkerInfo): Promise<void> {
    this.workers.set(worker.id, worker);
    return Promise.resolve();
  }

  remove(workerId: string): Promise<void> {
    this.workers.delete(workerId);
    return Promise.resolve();
  }

  live(): Promise<readonly WorkerInfo[]> {
    const oldestMs = this.clock.nowMs() - this.deadAfterMs;
    return Promise.resolve([...this.workers.values()].filter(({ seenAtMs }) => seenAtMs >= oldestMs));
  }
}
