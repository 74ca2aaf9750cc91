import type { FromSchema } from 'json-schema-to-ts';
import type { SchemaObject } from '../json-schema.ts';
import { timeSchema } from './parts.ts';

export const workerSchema = {
  type: 'object',
  description: 'A worker that is alive.',
  properties: {
    id: { type: 'string', description: 'Its id.' },
    cluster: { type: 'string', description: 'The cluster whose queue it pulls.' },
    host: { type: 'string', description: 'The machine it runs on.' },
    pid: { type: 'integer', description: 'Its process id.' },
    version: { type: 'string', description: 'Version of the software.' },
    serviceTypes: { type: 'array', items: { type: 'string' }, description: 'Types of services it runs.' },
    slots: { type: 'integer', minimum: 0, description: 'Slices it works on at once.' },
    busySlots: { type: 'integer', minimum: 0, description: 'Slices it works on now.' },
    startedAt: { ...timeSchema, description: 'When it started.' },
    seenAt: { ...timeSchema, description: 'Its last sign of life.' },
    draining: { type: 'boolean', description: 'It finishes what it has and takes nothing new.' },
    paused: { type: 'boolean', description: 'Its cluster is paused: it takes nothing new until that is resumed.' },
  },
  required: [
    'id',
    'cluster',
    'host',
    'pid',
    'version',
    'serviceTypes',
    'slots',
    'busySlots',
    'startedAt',
    'seenAt',
    'draining',
    'paused',
  ],
  additionalProperties: false,
} as const satisfies SchemaObject;

export type WorkerAnswer = FromSchema<typeof workerSchema>;
