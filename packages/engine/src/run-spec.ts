import {
  AppError,
  type CheckedTargets,
  type JsonObject,
  type Rollout,
  type RunSpec,
  type Service,
} from '@runyard/domain';
import type { Caller, RunRequest } from './run-request.ts';

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
}: SpecParts): RunSpec {
  const { name, credentialId } = caller.principal;
  return {
    id,
    createdAtUs,
    service: service.name,
    version,
    type: service.type,
    runMethod: service.runMethod,
    door: caller.door,
    principal: name,
    actor: name,
    initiator: name,
    credentialId,
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
