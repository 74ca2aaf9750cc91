import type { FromSchema } from 'json-schema-to-ts';
import type { SchemaObject } from '../json-schema.ts';
import { timeSchema } from './parts.ts';

export const clusterPauseSchema = {
  type: 'object',
  description: 'Whether the workers of a cluster take work.',
  properties: {
    cluster: { type: 'string', description: 'Name of the cluster.' },
    paused: { type: 'boolean', description: 'True while its workers take nothing new.' },
    by: { type: 'string', description: 'Who paused it.' },
    at: { ...timeSchema, description: 'Since when.' },
    reason: { type: 'string', description: 'Why.' },
  },
  required: ['cluster', 'paused'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export type ClusterPauseAnswer = FromSchema<typeof clusterPauseSchema>;
