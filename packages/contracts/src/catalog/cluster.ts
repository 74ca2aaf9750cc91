import type { FromSchema } from 'json-schema-to-ts';
import type { SchemaObject } from '../json-schema.ts';
import { clusterNameSchema, descriptionSchema } from '../names.ts';

export const clusterSchema = {
  type: 'object',
  description: 'A named group of workers with one queue: a site, a region, a security zone.',
  properties: {
    name: { ...clusterNameSchema, description: 'Its name; workers are started with it.' },
    description: descriptionSchema,
  },
  required: ['name'],
  additionalProperties: false,
  'x-unsupported': ['certificates', 'groups', 'enabled', 'readonly', 'rateLimit'],
} as const satisfies SchemaObject;

export type ClusterDocument = FromSchema<typeof clusterSchema>;
