import {
  AppError,
  ERRORS,
  isAppError,
  isTerminal,
  type RunError,
  type RunId,
  type RunIds,
  type RunRecord,
  type RunStore,
  type StepRecord,
  type StepRef,
  type StepStore,
} from '@runyard/domain';
import { type AcceptStepRunDependencies, createAcceptStepRun } from './accept-step-run.ts';
import { readStep } from './read-step.ts';

export interface StartStepRunDependencies extends AcceptStepRunDependencies {
  readonly runs: Pick<RunStore, 'get'>;
  readonly steps: StepStore;
  readonly ids: RunIds;
  /** Orders a run to end, if its step says that it ends with its parent. */
  readonly closeChild: (runId: RunId) => Promise<boolean>;
}

export type StartStepRun = (ref: StepRef) => Promise<void>;

/**
 * Starts the run that a step of a workflow asks for. What is to be run is read from the definition of the workflow and
 * from the record of the step, so a job can forge nothing. The id is written down before the run is accepted: whoever
 * does this again after a crash accepts it under the same id, and then it is there once. Rejects when it is to be tried
 * again; a refusal is the end of the step.
 */
export function createStartStepRun(deps: StartStepRunDependencies): StartStepRun {
  const { runs, steps, ids, clock } = deps;
  const { stepOf, acceptChild } = createAcceptStepRun(deps);
  return async (ref) => {
    const parent = await runs.get(ref.runId);
    const record = await readStep(steps, ref);
    if (!parent || !record) return;
    if (isOver(parent)) {
      // The gateway before may have died when the run was accepted, and had not looked at the parent again.
      if (record.child) await closeUnwanted(ref, record.child.runId);
      return;
    }
    const starting = await chooseId(ref, record);
    if (!starting?.child) return;
    const { child } = starting;
    let isDetached = false;
    try {
      const step = await stepOf(parent, ref);
      isDetached = step.mode === 'detach';
      if (!(await runs.get(child.runId))) await acceptChild({ parent, ref, step, record: starting, chosen: child });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      // A gateway that died may have had it accepted while this one was refused: then it is the run of the step.
      if (!(await runs.get(child.runId))) {
        const refused = { code: error.code, message: error.message };
        await steps.change(ref, 'starting', failed(starting, refused, clock.nowMs()));
        return;
      }
    }
    const started = isDetached ? detached(starting, child.runId, clock.nowMs()) : waiting(starting);
    await steps.change(ref, 'starting', started);
    await closeUnwanted(ref, child.runId);
  };

  /**
   * Ends a run that was accepted while nobody could know of it: its parent was told to end meanwhile and went to those
   * below it before this one was there, or another gateway was refused and ended the step. A crash before leaves it to
   * the reconciler, which finds runs whose parent has ended.
   */
  async function closeUnwanted(ref: StepRef, childId: RunId): Promise<void> {
    const parent = await runs.get(ref.runId);
    const record = await readStep(steps, ref);
    const isLetDown = record !== null && record.endedAtMs !== null && !record.child;
    if (isLetDown || (parent && isOver(parent) && parent.state !== 'succeeded')) await deps.closeChild(childId);
  }

  /** Of several gateways one chooses; the others come to the same id. Null when there is nothing to start any more. */
  async function chooseId(ref: StepRef, record: StepRecord): Promise<StepRecord | null> {
    if (record.state === 'starting') return record;
    if (record.state !== 'requested') return null;
    const { id: runId, createdAtUs } = ids.next();
    const chosen: StepRecord = { ...record, state: 'starting', child: { runId, createdAtUs } };
    if (await steps.change(ref, 'requested', chosen)) return chosen;
    const now = await readStep(steps, ref);
    return now?.state === 'starting' ? now : null;
  }
}

/** Nothing begins any more below a run that has ended, or was told to. */
function isOver({ state, cancelRequested }: RunRecord): boolean {
  return isTerminal(state) || cancelRequested;
}

/** The run has what it was started with, so the step needs that no more: of a for-each there may be a thousand. */
function waiting({ request: _request, ...record }: StepRecord): StepRecord {
  return { ...record, state: 'waiting' };
}

function detached({ request: _request, ...record }: StepRecord, runId: string, endedAtMs: number): StepRecord {
  return { ...record, state: 'succeeded', result: { runId }, endedAtMs };
}

/** There is no run of that id. */
function failed(
  { child: _child, request: _request, ...record }: StepRecord,
  error: RunError,
  endedAtMs: number,
): StepRecord {
  return { ...record, state: 'failed', error, endedAtMs };
}

/** What the same call would meet again. Without room, or without an answer of Redis, it is tried again. */
function isRefusal(error: unknown): error is AppError {
  return isAppError(error) && error.code !== 'INTERNAL' && ERRORS[error.code].retry === 'never';
}
