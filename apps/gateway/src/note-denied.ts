import { type ErrorCode, isAppError, type NewAuditEntry, type Principal } from '@runyard/domain';
import type { DecisionLog } from '@runyard/engine';

/** Codes of refusals that are decisions on who may do what. */
const DENIALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ACT_AS_DENIED',
  'PERMISSION_DENIED',
  'SERVICE_RUN_DENIED',
]);

type Denied = Pick<NewAuditEntry, 'action' | 'subject'> & { readonly detail?: NewAuditEntry['detail'] };

/** Writes down that somebody was not allowed to do something; nothing when the error says something else. */
export async function noteDenied(
  decisions: Pick<DecisionLog, 'note'>,
  { name: actor, credentialId: credential }: Principal,
  { action, subject, detail = {} }: Denied,
  error: unknown,
): Promise<void> {
  if (!isAppError(error) || !DENIALS.has(error.code)) return;
  const { code } = error;
  const reason = `${code}: ${error.message}`;
  await decisions.note({ actor, credential, action, subject, decision: 'denied', reason, detail: { ...detail, code } });
}
