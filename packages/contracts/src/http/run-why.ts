import { PRIORITIES, REASON_CODES, RUN_STATES } from '@runyard/domain';
import type { FromSchema } from 'json-schema-to-ts';
import type { SchemaObject } from '../json-schema.ts';
import { timeSchema } from './parts.ts';

const count = { type: 'integer', minimum: 0 } as const;
const runId = { type: 'string', pattern: '^[0-9a-f]{24}$' } as const;

const reasonSchema = {
  type: 'object',
  description: 'One reason. Which facts there are depends on the code.',
  properties: {
    code: { enum: REASON_CODES, description: 'The kind of reason, which programs match.' },
    message: { type: 'string', description: 'The reason in words.' },
    by: { type: 'string', description: 'Who did it.' },
    since: { ...timeSchema, description: 'Since when.' },
    until: { ...timeSchema, description: 'Until when.' },
    cluster: { type: 'string', description: 'The cluster in which it is so.' },
    type: { type: 'string', description: 'The type of service that nobody there runs.' },
    priority: { enum: PRIORITIES, description: 'The priority of the run.' },
    before: { ...count, description: 'Runs or jobs that come first; may be an estimate.' },
    runs: { type: 'array', items: runId, description: 'Runs that have what this one waits for, ten at most.' },
    workers: { type: 'array', items: { type: 'string' }, description: 'Workers that it is about, ten at most.' },
    slices: { ...count, description: 'Slices of the run that it is about; in a large run the least there are.' },
    devices: { ...count, description: 'Devices of the run that it is about.' },
    limit: { ...count, description: 'How many there may be at once, or in the time `per`.' },
    per: { ...count, description: 'The time of a rate, in milliseconds.' },
    batch: { ...count, description: 'The batch of the rollout, counted from 1.' },
    batches: { ...count, description: 'Batches of the rollout.' },
    device: { type: 'string', description: 'The device that waits; empty for a service that runs once.' },
    lock: { type: 'string', description: 'The key of the lock that it waits for.' },
    heldBy: {
      type: ['object', 'null'],
      description: 'Who holds the lock; null when nobody does.',
      properties: {
        run: { ...runId, description: 'The run.' },
        device: { type: 'string', description: 'Its device.' },
      },
      required: ['run', 'device'],
      additionalProperties: false,
    },
  },
  required: ['code', 'message'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export const runWhySchema = {
  type: 'object',
  description: 'Why a run is where it is.',
  properties: {
    id: { ...runId, description: 'The run.' },
    state: { enum: RUN_STATES, description: 'State of the run.' },
    reasons: { type: 'array', items: reasonSchema, description: 'The most telling reason first; never empty.' },
  },
  required: ['id', 'state', 'reasons'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export type RunWhyAnswer = FromSchema<typeof runWhySchema>;
