import {
  AppError,
  type CheckedTargets,
  type JsonObject,
  type ParentOfRun,
  type Rollout,
  type RunParties,
  type RunSpec,
  type Service,
} from '@runyard/domain';
import { chainBelow } from './join-chain.ts';
import type { BelowRun, Caller, RunRequest } from './run-request.ts';

interface SpecParts {
  readonly id: string;
  readonly createdAtUs: number;
  readonly request: RunRequest;
  readonly caller: Caller;
  readonly service: Service;
  readonly version: number;
  readonly params: JsonObject;
  readonly payload: JsonObject;
  readonly checked: CheckedTargets;
  readonly parties: RunParties;
  readonly below: BelowRun | null;
  /** Revisions of users and of the catalog on which it is allowed; absent where nobody looks again. */
  readonly rightsRevision?: string | undefined;
}

/** What is written down of a run that is accepted. Throws BODY_INVALID for an order that cannot be kept. */
export function specOf({
  id,
  createdAtUs,
  request,
  caller,
  service,
  version,
  params,
  payload,
  checked,
  parties,
  below,
  rightsRevision,
}: SpecParts): RunSpec {
  return {
    id,
    createdAtUs,
    service: service.name,
    version,
    type: service.type,
    runMethod: service.runMethod,
    door: caller.door,
    ...identityOf(parties, below),
    ...(rightsRevision === undefined ? {} : { rightsRevision }),
    ...(request.endpoint === undefined ? {} : { endpoint: request.endpoint }),
    ...(below ? { parent: parentOf(below) } : {}),
    params,
    payload,
    targets: checked.targets,
    ...(checked.errors.length > 0 ? { targetErrors: checked.errors } : {}),
    ...(checked.warnings.length > 0 ? { warnings: checked.warnings } : {}),
    ...options(request, service),
    ...order(request, service, Math.floor(createdAtUs / 1_000)),
    runTimeoutMs: request.runTimeoutMs ?? service.runTimeoutMs,
    keep: service.keep,
    ...receivers(request, service),
  };
}

/** Who asked first, who calls, as whom it runs. */
function identityOf(
  { actor, principal }: RunParties,
  below: BelowRun | null,
): Pick<
  RunSpec,
  | 'principal'
  | 'principalKind'
  | 'actor'
  | 'actorKind'
  | 'actorCreatedAtMs'
  | 'initiator'
  | 'credentialId'
  | 'credentialServices'
> {
  return {
    principal: principal.name,
    ...(principal.kind === 'user' ? {} : { principalKind: principal.kind }),
    actor: actor.name,
    ...(actor.kind === 'user' ? {} : { actorKind: actor.kind }),
    ...(actor.createdAtMs === undefined ? {} : { actorCreatedAtMs: actor.createdAtMs }),
    initiator: below && !below.isOver ? below.parent.initiator : actor.name,
    credentialId: actor.credentialId,
    ...(actor.services ? { credentialServices: actor.services } : {}),
  };
}

function parentOf(below: BelowRun): ParentOfRun {
  const { parent, stepId, device, onParentClose } = below;
  return {
    runId: parent.id,
    rootRunId: parent.parent?.rootRunId ?? parent.id,
    stepId,
    ...(device === undefined ? {} : { device }),
    onParentClose,
    chain: chainBelow(below),
  };
}

/** Who is told that it ended. */
function receivers({ callbackUrl }: RunRequest, { webhooks = [] }: Service): Pick<RunSpec, 'notify'> {
  const notify = [...(callbackUrl === undefined ? [] : [{ url: callbackUrl }]), ...webhooks];
  return notify.length > 0 ? { notify } : {};
}

function options(request: RunRequest, service: Service): Partial<RunSpec> {
  const cluster = request.cluster ?? service.cluster;
  const timeZone = request.timeZone ?? service.timeZone;
  return {
    ...(request.labels ? { labels: request.labels } : {}),
    ...(cluster === undefined ? {} : { cluster }),
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(request.timeoutMs === undefined ? {} : { timeoutMs: request.timeoutMs }),
    ...(request.retries ? { retries: request.retries } : {}),
    ...(request.parallel === undefined ? {} : { parallel: request.parallel }),
    ...(request.check ? { check: true } : {}),
    ...(request.rerunOf === undefined ? {} : { rerunOf: request.rerunOf }),
    ...(request.resume ? { resume: true } : {}),
  };
}

/** When and in which order its devices begin. */
function order(request: RunRequest, service: Service, nowMs: number): Partial<RunSpec> {
  const { deadlineMs } = request;
  if (deadlineMs !== undefined && deadlineMs <= nowMs) {
    const message = `must be later than now, which is ${new Date(nowMs).toISOString()}`;
    throw new AppError('BODY_INVALID', 'The deadline of the run is over already.', {
      errors: [{ path: '/deadline', message }],
    });
  }
  const priority = request.priority ?? service.priority ?? 'normal';
  const lock = request.lock ?? service.lock ?? 'none';
  const queueTtlMs = request.queueTtlMs ?? service.queueTtlMs;
  const rollout = rolloutOf(request, service);
  return {
    ...(priority === 'normal' ? {} : { priority }),
    ...(lock === 'none' ? {} : { lock }),
    ...(rollout ? { rollout } : {}),
    ...(queueTtlMs === undefined ? {} : { startByMs: nowMs + queueTtlMs }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...(service.maxConcurrent === undefined ? {} : { maxConcurrent: service.maxConcurrent }),
  };
}

function rolloutOf(request: RunRequest, service: Service): Rollout | undefined {
  if (service.runMethod === 'per-device') return request.rollout ?? service.rollout;
  if (!request.rollout) return undefined;
  throw new AppError('BODY_INVALID', `The service '${service.name}' runs once, so it has no batches of devices.`, {
    errors: [{ path: '/rollout', message: 'must be absent for a service with the run method once' }],
  });
}
