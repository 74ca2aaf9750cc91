import type { FromSchema } from 'json-schema-to-ts';
import type { SchemaObject } from '../json-schema.ts';
import { timeSchema } from './parts.ts';

const holderSchema = {
  type: 'object',
  description: 'Who holds it: a device of a run.',
  properties: {
    runId: { type: 'string', description: 'The run.' },
    device: { type: 'string', description: 'The device; empty for a service that runs once.' },
    service: { type: 'string', description: 'The service of the run.' },
    principal: { type: 'string', description: 'As whom it runs.' },
  },
  required: ['runId', 'device', 'service', 'principal'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export const lockSchema = {
  type: 'object',
  description: 'A lock that is held.',
  properties: {
    key: { type: 'string', description: 'Its key; `device/<name>` for the lock of a device.' },
    holder: holderSchema,
    token: { type: 'integer', description: 'The fencing token: grows each time the lock is given.' },
    heldSince: { ...timeSchema, description: 'When it was given.' },
    expiresAt: { ...timeSchema, description: 'When it ends by itself, unless its worker renews it before.' },
    waiting: { type: 'integer', minimum: 0, description: 'Devices that wait for it.' },
  },
  required: ['key', 'holder', 'token', 'heldSince', 'expiresAt', 'waiting'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export type LockAnswer = FromSchema<typeof lockSchema>;
