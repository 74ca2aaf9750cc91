import {
  AppError,
  type Clock,
  isAdministrator,
  isTerminal,
  type Principal,
  requirePermission,
  type RunStore,
  type StepApproval,
  type StepRecord,
  stepOfKey,
  type StepRef,
  type StepStore,
  type CatalogStore,
} from '@runyard/domain';
import { approvalTimedOut, isTooLate } from './approval-timeout.ts';
import { readStep } from './read-step.ts';
import type { Caller } from './run-request.ts';

export interface AnswerStepDependencies {
  readonly runs: Pick<RunStore, 'get'>;
  readonly steps: StepStore;
  readonly catalog: Pick<CatalogStore, 'serviceVersion'>;
  readonly clock: Clock;
}

export interface StepAnswer {
  readonly isApproved: boolean;
  readonly comment?: string;
}

export type AnswerStep = (ref: StepRef, answer: StepAnswer, caller: Caller) => Promise<StepRecord>;

/**
 * Says yes or no to a step that waits for a person; the first answer counts, and none after its time. Rejects with
 * RUN_NOT_FOUND, RUN_ENDED, STEP_NOT_WAITING, or PERMISSION_DENIED when the caller may not approve runs or is in none of
 * the step's groups.
 */
export function createAnswerStep({ runs, steps, catalog, clock }: AnswerStepDependencies): AnswerStep {
  return async (ref, { isApproved, comment }, { principal }) => {
    const run = await runs.get(ref.runId);
    if (!run) throw new AppError('RUN_NOT_FOUND', `There is no run with the id '${ref.runId}'.`);
    requirePermission(principal, 'run:approve');
    if (isTerminal(run.state)) throw new AppError('RUN_ENDED', `The run has ended as ${run.state}.`);
    const record = await readStep(steps, ref);
    const groups = await groupsOf(run.spec.service, run.spec.version, ref.step);
    if (record?.state !== 'waiting' || groups === null) throw notWaiting(ref, record);
    checkGroups(principal, groups, ref.step);
    const nowMs = clock.nowMs();
    if (isTooLate(record, nowMs)) {
      // The worker that waits looks now and then only, and there may be none: the time counts, not when somebody looks.
      await steps.change(ref, 'waiting', approvalTimedOut(record, ref.step, nowMs));
      throw notWaiting(ref, await readStep(steps, ref));
    }
    const by = { by: principal.name, atMs: nowMs };
    const answered = answeredRecord(record, ref, { isApproved, ...by, ...(comment === undefined ? {} : { comment }) });
    if (await steps.change(ref, 'waiting', answered)) return answered;
    throw notWaiting(ref, await readStep(steps, ref));
  };

  /** Null when the step is none that a person answers. */
  async function groupsOf(name: string, version: number, key: string): Promise<readonly string[] | null> {
    const step = stepOfKey(await catalog.serviceVersion(name, version), key);
    return step?.type === 'approve' ? (step.groups ?? []) : null;
  }
}

function checkGroups(principal: Principal, groups: readonly string[], step: string): void {
  if (groups.length === 0 || isAdministrator(principal)) return;
  if (principal.groups?.some((group) => groups.includes(group))) return;
  throw new AppError('PERMISSION_DENIED', `The step '${step}' is approved by members of ${groups.join(', ')}.`);
}

function answeredRecord(record: StepRecord, { step }: StepRef, approval: StepApproval): StepRecord {
  const { isApproved, by, comment } = approval;
  const message = `'${by}' said no to the step '${step}'${comment === undefined ? '' : `: ${comment}`}.`;
  return {
    ...record,
    state: isApproved ? 'succeeded' : 'failed',
    endedAtMs: approval.atMs,
    result: { ...approval },
    error: isApproved ? null : { code: 'APPROVAL_REJECTED', message },
    approval,
  };
}

function notWaiting({ step, device }: StepRef, record: StepRecord | null): AppError {
  const where = device === '' ? `'${step}'` : `'${step}' of the device '${device}'`;
  const how = record ? `it is ${record.state}` : 'it has not begun';
  const late = record?.error?.code === 'APPROVAL_TIMEOUT' ? `. ${record.error.message.replace(/\.$/, '')}` : '';
  const who = record?.approval ? `, answered by '${record.approval.by}'` : late;
  return new AppError('STEP_NOT_WAITING', `The step ${where} does not wait for an approval: ${how}${who}.`);
}
