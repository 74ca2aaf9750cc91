import type { AuditEntryAnswer } from '@runyard/contracts';
import type { AuditEntry, AuditFilter } from '@runyard/domain';
import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { sendJson } from '../http/send.ts';
import type { Call, Handler } from '../route.ts';
import { timeText } from '../views/runtime-text.ts';
import { pageOf } from './page-query.ts';

/** `GET /v1/audit`: who did what, newest first. */
export function listAudit({ audit }: GatewayDependencies): Handler {
  return async (call) => {
    const { cursor, limit } = pageOf(call.query);
    const page = await audit.list(filterOf(call), cursor, limit);
    sendJson(call.response, 200, { items: page.items.map(entryAnswer), cursor: page.cursor });
  };
}

function filterOf({ query }: Call): AuditFilter {
  const { since, decision } = query;
  const texts = (['actor', 'principal', 'action', 'subject'] as const).flatMap((key) => {
    const text = query[key];
    return typeof text === 'string' ? [[key, text] as const] : [];
  });
  return {
    ...Object.fromEntries(texts),
    ...(decision === 'allowed' || decision === 'denied' ? { decision } : {}),
    ...(typeof since === 'string' ? { sinceMs: Date.parse(since) } : {}),
  };
}

function entryAnswer({ id, atMs, chain, detail, ...entry }: AuditEntry): AuditEntryAnswer {
  return { id, at: timeText(atMs), ...entry, ...(chain ? { chain: [...chain] } : {}), detail: { ...detail } };
}
