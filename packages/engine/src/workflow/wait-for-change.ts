import type { RunEvents, RunId } from '@runyard/domain';
import { isStoreAway } from './step-context.ts';

/** Whoever is late looks again a moment later, and not at once for ever. */
const LOOK_MS_MIN = 10;
/** After a look to which Redis gave no answer. */
const AWAY_LOOK_MS = 500;

export interface ChangeWait<Value> {
  readonly events: RunEvents;
  readonly runId: RunId;
  /** What of the run is worth a look. */
  readonly only: NonNullable<Parameters<RunEvents['watch']>[1]>;
  /** Null while there is nothing yet. */
  readonly look: () => Promise<Value | null>;
  /** Milliseconds until the next look without a message: messages get lost. */
  readonly lookAfterMs: () => number;
  readonly signal: AbortSignal;
}

/**
 * Waits until a look at a run gives something; null when the signal aborts first. Holds no connection of its own. While
 * Redis is away it waits on: there is nothing else to do, and nothing is lost.
 */
export async function waitForChange<Value>(wait: ChangeWait<Value>): Promise<Value | null> {
  const { events, runId, only, look, lookAfterMs, signal } = wait;
  const watch = await events.watch(runId, only);
  try {
    while (!signal.aborted) {
      let isAway = false;
      const found = await look().catch((error: unknown) => {
        isAway = isStoreAway(error);
        if (!isAway) throw error;
        return null;
      });
      if (found !== null) return found;
      const afterMs = isAway ? Math.min(AWAY_LOOK_MS, lookAfterMs()) : lookAfterMs();
      await watch.changed(Math.max(LOOK_MS_MIN, afterMs), signal);
    }
    return null;
  } finally {
    watch.close();
  }
}
