import type { RunEvents, RunId, RunWatch } from '@runyard/domain';

/** Hints about changed runs inside one process. `changedNow` is what a store calls after each write. */
export class MemoryRunEvents implements RunEvents {
  private readonly watching = new Map<RunId, Set<() => void>>();
  private waiting = 0;

  watch(runId: RunId): Promise<RunWatch> {
    const watchers = this.watching.get(runId) ?? new Set<() => void>();
    this.watching.set(runId, watchers);
    let hasChanged = false;
    let wake: (() => void) | null = null;
    const heard = () => {
      hasChanged = true;
      wake?.();
    };
    watchers.add(heard);
    return Promise.resolve({
      changed: (timeoutMs: number, signal?: AbortSignal) =>
        new Promise<void>((resolve) => {
          this.waiting += 1;
          const done = () => {
            clearTimeout(timer);
            signal?.removeEventListener('abort', done);
            wake = null;
            hasChanged = false;
            this.waiting -= 1;
            resolve();
          };
          const timer = setTimeout(done, timeoutMs);
          if (hasChanged || signal?.aborted) return done();
          signal?.addEventListener('abort', done, { once: true });
          wake = done;
        }),
      close: () => watchers.delete(heard),
    });
  }

  changedNow(runId: RunId): void {
    for (const heard of this.watching.get(runId) ?? []) heard();
  }

  /** How many calls wait at this moment; a test that ends with some has a leak. */
  get waiters(): number {
    return this.waiting;
  }
}
