import type { RunEvents, RunId } from '@runyard/domain';

/** Hints about changed runs inside one process. `changedNow` is what a store calls after each write. */
export class MemoryRunEvents implements RunEvents {
  private readonly waiting = new Map<RunId, Set<() => void>>();

  changed(runId: RunId, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const waiters = this.waiting.get(runId) ?? new Set<() => void>();
      const finish = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', finish);
        waiters.delete(finish);
        if (waiters.size === 0 && this.waiting.get(runId) === waiters) this.waiting.delete(runId);
        resolve();
      };
      const timer = setTimeout(finish, timeoutMs);
      signal?.addEventListener('abort', finish, { once: true });
      waiters.add(finish);
      this.waiting.set(runId, waiters);
    });
  }

  changedNow(runId: RunId): void {
    this.waiting.get(runId)?.forEach((finish) => finish());
  }

  /** How many calls wait at this moment; a test that ends with some has a leak. */
  get waiters(): number {
    return [...this.waiting.values()].reduce((sum, waiters) => sum + waiters.size, 0);
  }
}
