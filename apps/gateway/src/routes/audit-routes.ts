import type { GatewayDependencies } from '../gateway-dependencies.ts';
import { listAudit } from '../handlers/list-audit.ts';
import { pageQuery } from '../handlers/page-query.ts';
import type { Route } from '../route.ts';

const text = { type: 'string', minLength: 1, maxLength: 500 } as const;

/** Who did what, and was not allowed to. */
export function auditRoutes(deps: GatewayDependencies): readonly Route[] {
  return [
    {
      method: 'get',
      path: '/v1/audit',
      operationId: 'listAudit',
      summary:
        'Who did what to what others rely on, newest first. A page may be short or empty and still have a cursor.',
      tag: 'audit',
      access: 'audit:read',
      query: {
        actor: { schema: text, description: 'Only what this user or key did.' },
        principal: { schema: text, description: 'Only what was to happen as this account.' },
        action: { schema: text, description: 'Only this action, such as `lock.break`.' },
        subject: { schema: text, description: 'Only what was done to this.' },
        decision: { schema: { enum: ['allowed', 'denied'] }, description: 'Only what was allowed, or was not.' },
        since: { schema: { type: 'string', format: 'date-time' }, description: 'Only what was done then or later.' },
        ...pageQuery,
      },
      responses: { 200: { description: 'A page of entries.', schema: 'AuditPage' } },
      handler: listAudit(deps),
    },
  ];
}
