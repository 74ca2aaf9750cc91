import {
  AppError,
  type CatalogStore,
  type Clock,
  type Principals,
  rightsRevisionOf,
  type RunRecord,
  type RunServiceStep,
  type RunSpec,
  type StepRecord,
  stepOfKey,
  type StepRef,
} from '@runyard/domain';
import type { AcceptRun } from './accept-run.ts';
import { refusedRun } from './audit-decision.ts';
import { principalOf } from './check-start.ts';
import type { DecisionLog } from './decision-log.ts';
import type { RunRequest } from './run-request.ts';
import { serviceNamed, stepRunRequest } from './step-run-request.ts';

export interface AcceptStepRunDependencies {
  readonly catalog: Pick<CatalogStore, 'view' | 'serviceVersion'>;
  readonly principals: Principals;
  readonly accept: AcceptRun;
  readonly clock: Clock;
  /** Absent: refusals are not written down. */
  readonly decisions?: Pick<DecisionLog, 'note'>;
}

interface StepRun {
  readonly parent: RunRecord;
  readonly ref: StepRef;
  readonly step: RunServiceStep;
  readonly record: StepRecord;
  readonly chosen: NonNullable<StepRecord['child']>;
}

interface AcceptStepRun {
  /** The step of the definition by which the parent runs. Rejects with SERVICE_NOT_FOUND when there is none. */
  readonly stepOf: (parent: RunRecord, ref: StepRef) => Promise<RunServiceStep>;
  /** Accepts the run under the id that was chosen. Rejects with RUN_EXPIRED, PRINCIPAL_REVOKED and as AcceptRun does. */
  readonly acceptChild: (run: StepRun) => Promise<void>;
}

/** Has the run accepted that a step asks for, as the account of its workflow. */
export function createAcceptStepRun(deps: AcceptStepRunDependencies): AcceptStepRun {
  const { catalog, principals, accept, clock } = deps;
  return { stepOf, acceptChild };

  async function acceptChild({ parent, ref, step, record, chosen }: StepRun): Promise<void> {
    const { spec } = parent;
    const { runId: id, createdAtUs } = chosen;
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
  { decisions }: AcceptStepRunDependencies,
  { principal, credentialId }: RunSpec,
  request: RunRequest,
): Promise<AppError> {
  const error = new AppError('PRINCIPAL_REVOKED', `The account '${principal}' was revoked or disabled.`);
  const caller = { principal: { name: principal, credentialId }, door: 'step' } as const;
  await decisions?.note(refusedRun(request, caller, request.below ?? null, error));
  return error;
}
