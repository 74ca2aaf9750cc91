import type { NewAuditEntry } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { type Call, callerOf } from '../route.ts';

/** Writes down what the caller has just done. The caller gets no answer of success when that fails. */
export function noteDone(
  { audit }: Pick<GatewayDependencies, 'audit'>,
  call: Call,
  action: string,
  subject: string,
  detail: NewAuditEntry['detail'] = {},
): Promise<void> {
  const { name, credentialId } = callerOf(call);
  return audit.append({ actor: name, credential: credentialId, decision: 'allowed', action, subject, detail });
}
