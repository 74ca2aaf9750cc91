import {
  type AppError,
  chainOf,
  type Door,
  type ErrorCode,
  isAppError,
  type NewAuditEntry,
  type Principal,
  type RunRefusal,
  type RunSpec,
} from '@runyard/domain';
import type { Decision } from './decision-log.ts';
import type { BelowRun, RunRequest } from './run-request.ts';

const DECISIONS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ACT_AS_DENIED',
  'SERVICE_RUN_DENIED',
  'DEVICE_USE_DENIED',
  'PRINCIPAL_REVOKED',
  'PERMISSION_DENIED',
  'SERVICE_ACCOUNT_DISABLED',
  'SERVICE_ACCOUNT_NOT_FOUND',
  'RUN_CYCLE',
  'RUN_DEPTH',
  'RUN_DESCENDANTS',
]);

/** True for a refusal that says that somebody may not: one for want of room or of a param is no decision about rights. */
export function isDecision(error: unknown): error is AppError {
  return isAppError(error) && DECISIONS.has(error.code);
}

/** The entry of the audit log for a run that is accepted. */
export function acceptedEntry(spec: RunSpec): NewAuditEntry {
  return { ...partsOf(spec), action: 'run.accept', subject: spec.id, decision: 'allowed' };
}

/** The decision on a run that was accepted, and is not allowed any more when it is to begin. */
export function deniedStart(spec: RunSpec, { code, message }: RunRefusal): Decision {
  const parts = partsOf(spec);
  const detail = { ...parts.detail, code };
  return { ...parts, action: 'run.start', subject: spec.id, decision: 'denied', reason: message, detail };
}

function partsOf({ service, door, actor, initiator, principal, credentialId, parent }: RunSpec) {
  return {
    actor,
    ...(initiator === actor ? {} : { initiator }),
    ...(principal === actor ? {} : { principal }),
    credential: credentialId,
    ...(parent ? { chain: parent.chain.map(({ runId }) => runId) } : {}),
    detail: { service, door },
  };
}

/** Who asked for a run that is refused. */
interface RefusedCaller {
  readonly principal: Pick<Principal, 'name' | 'credentialId'>;
  readonly door: Door;
}

/** The decision on a run that is refused: nothing else is left of it. `below` is where it was to hang. */
export function refusedRun(
  { service, runAs }: Pick<RunRequest, 'service' | 'runAs'>,
  { principal: actor, door }: RefusedCaller,
  below: Pick<BelowRun, 'parent'> | null,
  { code, message }: AppError,
): Decision {
  const initiator = below?.parent.initiator ?? actor.name;
  return {
    actor: actor.name,
    ...(initiator === actor.name ? {} : { initiator }),
    ...(runAs === undefined ? {} : { principal: runAs }),
    credential: actor.credentialId,
    ...(below ? { chain: chainOf(below.parent).map(({ runId }) => runId) } : {}),
    action: 'run.accept',
    subject: service,
    decision: 'denied',
    reason: message,
    detail: { service, door, code },
  };
}
