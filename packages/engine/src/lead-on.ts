import type { Clock, RunQueue, RunStore, SliceClaim, SliceRef } from '@runyard/domain';
import { endIdleSlices } from './cancel-run.ts';
import type { RunEnded } from './run-ended.ts';
import { sliceJob } from './plan-of-run.ts';

export interface LeadOnDependencies {
  readonly runs: RunStore;
  readonly queue: RunQueue;
  readonly clock: Clock;
  /** Told when this worker's write ended a run. */
  readonly runEnded?: RunEnded;
}

/** What the results of a slice that is done have set going. */
export interface NextSteps {
  /** The slice that may be queued now. */
  readonly slice: number | null;
  /** Milliseconds until the next batch of the rollout may begin. */
  readonly soakMs: number | null;
  /** The run has ended. */
  readonly ended: boolean;
  /** The run is to end, and nobody else may have seen it. */
  readonly endIdle: boolean;
}

/** Does what follows from the results of a slice. Should this worker die before it, the reconciler does it. */
export async function leadOn(
  { runs, queue, clock, runEnded }: LeadOnDependencies,
  { runId }: SliceRef,
  { cluster, spec }: SliceClaim,
  { slice, soakMs, ended, endIdle }: NextSteps,
): Promise<void> {
  if (slice !== null) await queue.addSlices([sliceJob(spec, slice, cluster)]);
  if (soakMs !== null) await queue.addPlan(runId, spec.service, soakMs, spec.priority);
  // A rollout that stops itself has no caller who ends the slices that nobody has begun.
  const endedHere = spec.rollout && endIdle ? await endIdleSlices(runs, runId, clock.nowMs()) : false;
  if (ended || endedHere) await runEnded?.(spec);
}
