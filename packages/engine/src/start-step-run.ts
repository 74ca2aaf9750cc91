import {
  AppError,
  type CatalogStore,
  type Clock,
  ERRORS,
  isAppError,
  isTerminal,
  type Principals,
  rightsRevisionOf,
  type RunError,
  type RunId,
  type RunIds,
  type RunRecord,
  type RunServiceStep,
  type RunSpec,
  type RunStore,
  type StepRecord,
  stepOfKey,
  type StepRef,
  type StepStore,
} from '@runyard/domain';
import type { AcceptRun } from './accept-run.ts';
import { refusedRun } from './audit-decision.ts';
import { principalOf } from './check-start.ts';
import type { DecisionLog } from './decision-log.ts';
import { readStep } from './read-step.ts';
import type { RunRequest } from './run-request.ts';
import { serviceNamed, stepRunRequest } from './step-run-request.ts';

export interface StartStepRunDependencies {
  readonly catalog: Pick<CatalogStore, 'view' | 'serviceVersion'>;
  readonly runs: Pick<RunStore, 'get'>;
  readonly steps: StepStore;
  readonly principals: Principals;
  readonly accept: AcceptRun;
  readonly ids: RunIds;
  readonly clock: Clock;
  /** Absent: refusals are not written down. */
  readonly decisions?: Pick<DecisionLog, 'note'>;
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
  const { catalog, runs, steps, principals, accept, ids, clock } = deps;
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
      if (!(await runs.get(child.runId))) await acceptChild(parent, ref, step, starting, child);
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

  async function acceptChild(
    parent: RunRecord,
    ref: StepRef,
    step: RunServiceStep,
    record: StepRecord,
    { runId: id, createdAtUs }: { readonly runId: string; readonly createdAtUs: number },
  ): Promise<void> {
    const { spec } = parent;
    // Before the account is read: what changes meanwhile has a later revision.
    const identityRevision = await principals.revision();
    const view = await catalog.view();
    const principal = await principalOf(spec, principals, view);
    const request = stepRunRequest({
      parent,
      ref,
      step,
      record,
      nowMs: clock.nowMs(),
      service: serviceNamed(step.service, view),
    });
    if (!principal) throw await revoked(deps, spec, request);
    const { deadlineMs = Infinity } = request;
    if (deadlineMs <= clock.nowMs()) {
      const overAt = new Date(deadlineMs).toISOString();
      throw new AppError(
        'RUN_EXPIRED',
        `The time of the step '${ref.step}' was over at ${overAt}, before its run began.`,
      );
    }
    const rightsRevision = rightsRevisionOf(identityRevision, view.revision);
    const caller = { principal, door: 'step', rightsRevision } as const;
    const answer = await accept({ ...request, chosen: { id, createdAtUs } }, caller);
    if (answer.kind === 'accepted') return;
    const code = answer.kind === 'unknown-targets' ? 'TARGETS_UNKNOWN' : 'TARGETS_EMPTY';
    const [first] = answer.kind === 'dry-run' ? [] : answer.errors;
    throw new AppError(code, first ?? `There is no device to run '${step.service}' on.`);
  }

  async function stepOf({ spec }: RunRecord, { step }: StepRef): Promise<RunServiceStep> {
    const found = stepOfKey(await catalog.serviceVersion(spec.service, spec.version), step);
    if (found?.type === 'run-service') return found;
    throw new AppError(
      'SERVICE_NOT_FOUND',
      `The workflow '${spec.service}' has no step '${step}' that runs a service.`,
    );
  }
}

/** Nobody is there to ask for the run, so the refusal is written down here. */
async function revoked(
  { decisions }: StartStepRunDependencies,
  { principal, credentialId }: RunSpec,
  request: RunRequest,
): Promise<AppError> {
  const error = new AppError('PRINCIPAL_REVOKED', `The account '${principal}' was revoked or disabled.`);
  const caller = { principal: { name: principal, credentialId }, door: 'step' } as const;
  await decisions?.note(refusedRun(request, caller, request.below ?? null, error));
  return error;
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
