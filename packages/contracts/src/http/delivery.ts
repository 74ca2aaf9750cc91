import { RUN_STATES } from '@runyard/domain';
import type { FromSchema } from 'json-schema-to-ts';
import type { SchemaObject } from '../json-schema.ts';
import { runErrorSchema, timeSchema } from './parts.ts';

const nullableTime = { ...timeSchema, type: ['string', 'null'] } as const;

const deliverySchema = {
  type: 'object',
  description: 'One receiver of the end of a run.',
  properties: {
    id: { type: 'string', description: 'The same at each attempt; the receiver gets it too.' },
    url: { type: 'string', description: 'Its address, without what follows a question mark.' },
    on: { type: 'array', items: { enum: RUN_STATES }, description: 'The ends of which it is told.' },
    state: {
      enum: ['waiting', 'pending', 'delivered', 'failed'],
      description: 'waiting: the run has not ended; pending: it is tried; failed: it was given up.',
    },
    attempts: { type: 'integer', minimum: 0, description: 'How often it was tried.' },
    status: { type: ['integer', 'null'], description: 'HTTP status of the last answer.' },
    error: { ...runErrorSchema, description: 'Why the last attempt did not succeed.' },
    attemptedAt: { ...nullableTime, description: 'When it was tried last.' },
    nextAt: { ...nullableTime, description: 'When it is tried again.' },
  },
  required: ['id', 'url', 'state', 'attempts', 'status', 'error', 'attemptedAt', 'nextAt'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export const deliveriesSchema = {
  type: 'object',
  description: 'Who is told that a run ended, and how far that is.',
  properties: { items: { type: 'array', items: deliverySchema, description: 'A few at most.' } },
  required: ['items'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export type DeliveriesAnswer = FromSchema<typeof deliveriesSchema>;
