import {
  AppError,
  type Clock,
  type ControlChannel,
  isTerminal,
  may,
  type RunId,
  type RunRecord,
  type RunStore,
  type SliceRef,
} from '@runyard/domain';
import { cancelledResult } from './device-results.ts';
import type { RunEnded } from './run-ended.ts';
import type { Caller } from './run-request.ts';

export interface CancelRunDependencies {
  readonly runs: RunStore;
  readonly control: ControlChannel;
  readonly clock: Clock;
  readonly runEnded: RunEnded;
}

export type CancelRun = (runId: RunId, caller: Caller) => Promise<RunRecord>;

/** The name under which slices are taken that no worker has begun. */
const CANCELLER = 'cancel';

/**
 * Asks a run to end. The flag in the record is what counts: a worker looks at it with each write and each heartbeat;
 * the message only makes it quick. Slices that nobody has begun are ended here, so that a run on a cluster without
 * workers ends too. Rejects with RUN_NOT_FOUND, RUN_ENDED or PERMISSION_DENIED.
 */
export function createCancelRun({ runs, control, clock, runEnded }: CancelRunDependencies): CancelRun {
  return async (runId, caller) => {
    if (!may(caller.principal, 'run:cancel')) {
      throw new AppError('PERMISSION_DENIED', `'${caller.principal.name}' may not cancel runs.`);
    }
    const before = await runs.get(runId);
    if (!before) throw new AppError('RUN_NOT_FOUND', `There is no run with the id '${runId}'.`);
    if (isTerminal(before.state)) throw new AppError('RUN_ENDED', `The run has ended as ${before.state}.`);
    await runs.requestCancel(runId);
    await control.cancel(runId);
    await endIdleSlices(runs, runId, clock.nowMs());
    const after = (await runs.get(runId)) ?? before;
    if (isTerminal(after.state)) await runEnded(after.spec);
    return after;
  };
}

/** Ends the slices of a run that is to end which nobody has in hand. True when that ended the run. */
export async function endIdleSlices(runs: RunStore, runId: RunId, nowMs: number): Promise<boolean> {
  let ended = false;
  for (const slice of await runs.openSlices(runId)) {
    if (slice.owner === null && (await cancelSlice(runs, slice, nowMs))) ended = true;
  }
  return ended;
}

/**
 * Ends a slice of a cancelled run that no worker has in hand. Takes it like a worker would; a worker that takes it
 * meanwhile gets a newer token and finds the flag. True when that ended the run.
 */
export async function cancelSlice(runs: RunStore, slice: SliceRef, nowMs: number): Promise<boolean> {
  const claim = await runs.claim(slice, CANCELLER);
  if (typeof claim === 'string') return false;
  const results = claim.names.map((name, position) => ({ position, result: cancelledResult(name, nowMs) }));
  return (await runs.record(slice, claim, { started: [], results, log: [] })).ended;
}
