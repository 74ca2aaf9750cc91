import type { FromSchema } from 'json-schema-to-ts';
import type { SchemaObject } from '../json-schema.ts';
import { timeSchema } from './parts.ts';

export const auditEntrySchema = {
  type: 'object',
  description: 'One thing that somebody did to what others rely on, or was not allowed to do.',
  properties: {
    id: { type: 'string', description: 'Its id.' },
    at: { ...timeSchema, description: 'When.' },
    actor: { type: 'string', description: 'Who called; for a failed login the name that was given.' },
    initiator: { type: 'string', description: 'Who asked first, when that was somebody else.' },
    principal: { type: 'string', description: 'As whom it was to happen, when that was somebody else.' },
    credential: { type: 'string', description: 'By which credential the actor was known.' },
    chain: {
      type: 'array',
      items: { type: 'string' },
      description: 'Ids of the runs that led there, the first first.',
    },
    decision: { enum: ['allowed', 'denied'], description: 'Whether it was allowed; absent for what is no decision.' },
    reason: { type: 'string', description: 'Why it was denied.' },
    action: { type: 'string', description: 'What was done.', examples: ['lock.break'] },
    subject: { type: 'string', description: 'To what.', examples: ['device/r1'] },
    detail: { type: 'object', description: 'What else is known of it.', additionalProperties: true },
  },
  required: ['id', 'at', 'actor', 'action', 'subject', 'detail'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export type AuditEntryAnswer = FromSchema<typeof auditEntrySchema>;
