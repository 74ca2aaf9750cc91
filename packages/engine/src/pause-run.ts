import {
  AppError,
  type Clock,
  isTerminal,
  may,
  type RunId,
  type RunPause,
  type RunQueue,
  type RunRecord,
  type RunStore,
} from '@runyard/domain';
import type { Caller } from './run-request.ts';

export interface PauseRunDependencies {
  readonly runs: RunStore;
  readonly queue: RunQueue;
  readonly clock: Clock;
}

export interface PauseRun {
  /** Nothing new begins from now on; devices in work finish. Pausing again changes nothing. */
  pause(runId: RunId, caller: Caller, reason?: string): Promise<RunRecord>;
  /** Goes on where the run stands. Resuming a run that is not paused changes nothing. */
  resume(runId: RunId, caller: Caller): Promise<RunRecord>;
}

/**
 * Pausing is a mark in the record: workers see it with their next write or within a second and let their slices go.
 * Resuming takes the mark away first and then queues what is released, by the plan step; should this process die between
 * the two, the reconciler does it. Both reject with RUN_NOT_FOUND, RUN_ENDED or PERMISSION_DENIED.
 */
export function createPauseRun({ runs, queue, clock }: PauseRunDependencies): PauseRun {
  return {
    async pause(runId, caller, reason) {
      const by = caller.principal.name;
      const record = await set(runId, caller, { atMs: clock.nowMs(), by, ...(reason === undefined ? {} : { reason }) });
      return record;
    },
    async resume(runId, caller) {
      const record = await set(runId, caller, null);
      await queue.addPlan(runId, record.spec.service, undefined, record.spec.priority);
      return record;
    },
  };

  async function set(runId: RunId, { principal }: Caller, pause: RunPause | null): Promise<RunRecord> {
    if (!may(principal, 'run:cancel')) {
      throw new AppError('PERMISSION_DENIED', `'${principal.name}' may not pause or resume runs.`);
    }
    await runs.setPause(runId, pause);
    const record = await runs.get(runId);
    if (!record) throw new AppError('RUN_NOT_FOUND', `There is no run with the id '${runId}'.`);
    if (isTerminal(record.state)) throw new AppError('RUN_ENDED', `The run has ended as ${record.state}.`);
    return record;
  }
}
