import type { Clock, Log, RecordAnswer, RunQueue, RunStore, SliceClaim, SliceRef } from '@runyard/domain';
import { endIdleSlices } from './cancel-run.ts';
import { sliceJob } from './plan-of-run.ts';
import type { RunEnded } from './run-ended.ts';

export interface FollowUpsDependencies {
  readonly runs: RunStore;
  readonly queue: RunQueue;
  readonly clock: Clock;
  readonly log: Log;
  /** Told when this worker's write ended a run. */
  readonly runEnded?: RunEnded;
}

/**
 * What the results of a slice set going: the next slice, the next batch, the end of the run. Should this worker die
 * before it, or the queue not take it, the reconciler does it.
 */
export class FollowUps {
  private readonly deps: FollowUpsDependencies;
  private readonly slice: SliceRef;
  private readonly claim: SliceClaim;
  /** The slice that may be queued now. */
  private nextSlice: number | null = null;
  /** Milliseconds until the next batch of the rollout may begin. */
  private soakMs: number | null = null;
  private isEnded = false;

  constructor(deps: FollowUpsDependencies, slice: SliceRef, claim: SliceClaim) {
    this.deps = deps;
    this.slice = slice;
    this.claim = claim;
  }

  /** A slice with devices to come may have them wait for days, so the next one is queued at once. */
  hear({ nextSlice, soakMs, ended }: RecordAnswer, hasMore: boolean): void {
    this.soakMs ??= soakMs;
    this.isEnded ||= ended;
    if (nextSlice === null) return;
    if (!hasMore) this.nextSlice ??= nextSlice;
    else {
      this.queueSlice(nextSlice).catch((error: unknown) => {
        this.deps.log.warn('the next slice was not queued', { ...this.slice, next: nextSlice, error });
      });
    }
  }

  /** `endIdle`: the run is to end, and nobody else may have seen it. */
  async leadOn(endIdle: boolean): Promise<void> {
    const { runs, queue, clock, runEnded } = this.deps;
    const { spec } = this.claim;
    const { runId } = this.slice;
    if (this.nextSlice !== null) await this.queueSlice(this.nextSlice);
    if (this.soakMs !== null) await queue.addPlan(runId, spec.service, this.soakMs, spec.priority);
    // A rollout that stops itself has no caller who ends the slices that nobody has begun.
    const endedHere = spec.rollout && endIdle ? await endIdleSlices(runs, runId, clock.nowMs()) : false;
    if (this.isEnded || endedHere) await runEnded?.(spec);
  }

  private queueSlice(slice: number): Promise<void> {
    const { cluster, spec } = this.claim;
    return this.deps.queue.addSlices([sliceJob(spec, slice, cluster)]);
  }
}
