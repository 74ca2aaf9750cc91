import type { FromSchema } from 'json-schema-to-ts';
import type { SchemaObject } from '../json-schema.ts';
import { timeSchema } from './parts.ts';

export const auditEntrySchema = {
  type: 'object',
  description: 'One thing that somebody did to what others rely on.',
  properties: {
    id: { type: 'string', description: 'Its id.' },
    at: { ...timeSchema, description: 'When.' },
    actor: { type: 'string', description: 'Who called.' },
    action: { type: 'string', description: 'What was done.', examples: ['lock.break'] },
    subject: { type: 'string', description: 'To what.', examples: ['device/r1'] },
    detail: { type: 'object', description: 'What else is known of it.', additionalProperties: true },
  },
  required: ['id', 'at', 'actor', 'action', 'subject', 'detail'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export type AuditEntryAnswer = FromSchema<typeof auditEntrySchema>;
