import type { FromSchema } from 'json-schema-to-ts';
import { durationSchema } from '../durations.ts';
import type { SchemaObject } from '../json-schema.ts';
import { clusterNameSchema, descriptionSchema } from '../names.ts';

export const clusterSchema = {
  type: 'object',
  description: 'A named group of workers with one queue: a site, a region, a security zone.',
  properties: {
    name: { ...clusterNameSchema, description: 'Its name; workers are started with it.' },
    description: descriptionSchema,
    rate: {
      type: 'object',
      description: 'How many devices may begin in a time, over all its workers.',
      properties: {
        devices: { type: 'integer', minimum: 1, maximum: 1_000_000, description: 'Devices.' },
        per: durationSchema({ description: 'The time.', minimumMs: 100, maximumMs: 86_400_000, default: '1s' }),
      },
      required: ['devices'],
      additionalProperties: false,
    },
  },
  required: ['name'],
  additionalProperties: false,
  'x-unsupported': ['certificates', 'groups', 'enabled', 'readonly'],
} as const satisfies SchemaObject;

export type ClusterDocument = FromSchema<typeof clusterSchema>;
