import {
  type AppError,
  type AuditLog,
  type ErrorCode,
  isAppError,
  type Log,
  type NewAuditEntry,
  type RunRefusal,
  type RunSpec,
} from '@runyard/domain';
import type { Caller, RunRequest } from './run-request.ts';

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

/** The entry for a run that was accepted, and not allowed any more when it was to begin. */
export function deniedEntry(spec: RunSpec, { message }: Pick<RunRefusal, 'message'>): NewAuditEntry {
  return { ...partsOf(spec), action: 'run.start', subject: spec.id, decision: 'denied', reason: message };
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

/** The entry for a run that was refused: nothing else is left of it. */
export function refusedEntry(
  { service, runAs, below }: RunRequest,
  { principal: actor, door }: Caller,
  error: AppError,
): NewAuditEntry {
  return {
    actor: actor.name,
    ...(below ? { initiator: below.parent.initiator } : {}),
    ...(runAs === undefined ? {} : { principal: runAs }),
    credential: actor.credentialId,
    action: 'run.accept',
    subject: service,
    decision: 'denied',
    reason: error.message,
    detail: { service, door, code: error.code },
  };
}

/** A refusal is told to the caller also when the log cannot be written: it stays a refusal. */
export async function noteRefusal(
  audit: AuditLog | undefined,
  log: Log | undefined,
  entry: NewAuditEntry,
): Promise<void> {
  await audit?.append(entry).catch((error: unknown) => {
    log?.warn('a refusal was not written into the audit log', { actor: entry.actor, subject: entry.subject, error });
  });
}
