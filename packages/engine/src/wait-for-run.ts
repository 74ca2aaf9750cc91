import { type Clock, isTerminal, type RunEvents, type RunId, type RunRecord, type RunStore } from '@runyard/domain';

export interface WaitForRunDependencies {
  readonly runs: RunStore;
  readonly events: RunEvents;
  readonly clock: Clock;
}

export interface WaitOptions {
  /** How long to wait at most; the record is given back as it is then. */
  readonly timeoutMs: number;
  /** Resolve at the first revision after this one; without it, at the end of the run. */
  readonly afterRevision?: number;
  readonly signal?: AbortSignal;
}

export type WaitForRun = (runId: RunId, options: WaitOptions) => Promise<RunRecord | null>;

/** Events can be missed, so the record is read at least this often. */
const POLL_MS = 2_000;

/** Waits for a change or the end of a run without holding a worker or a connection. Null when there is no such run. */
export function createWaitForRun({ runs, events, clock }: WaitForRunDependencies): WaitForRun {
  return async (runId, { timeoutMs, afterRevision, signal }) => {
    const endMs = clock.nowMs() + timeoutMs;
    const watch = await events.watch(runId, afterRevision === undefined ? 'end' : undefined);
    try {
      for (;;) {
        const record = await runs.get(runId);
        const leftMs = endMs - clock.nowMs();
        const settled =
          !record ||
          isTerminal(record.state) ||
          (afterRevision !== undefined && record.revision > afterRevision) ||
          leftMs <= 0 ||
          signal?.aborted;
        if (settled) return record;
        await watch.changed(Math.min(POLL_MS, leftMs), signal);
      }
    } finally {
      watch.close();
    }
  };
}
