import type { FromSchema } from 'json-schema-to-ts';
import type { SchemaObject } from '../json-schema.ts';

export const secretsRotatedSchema = {
  type: 'object',
  description: 'What sealing everything with the newest key did.',
  properties: {
    resealed: { type: 'integer', minimum: 0, description: 'Items and states that were sealed anew.' },
    current: { type: 'integer', minimum: 0, description: 'Those that had the newest key already.' },
    unreadable: {
      type: 'array',
      items: { type: 'string' },
      description: 'Those that no key of the gateway opens; they stay as they are.',
    },
    complete: { type: 'boolean', description: 'False when the time was over; the next call goes on.' },
  },
  required: ['resealed', 'current', 'unreadable', 'complete'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export type SecretsRotatedAnswer = FromSchema<typeof secretsRotatedSchema>;
