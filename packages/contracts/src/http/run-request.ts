import type { FromSchema } from 'json-schema-to-ts';
import { accountNameSchema } from '../catalog/access.ts';
import {
  lockSchema,
  parallelSchema,
  prioritySchema,
  queueTtlSchema,
  retriesSchema,
  rolloutSchema,
  runTimeoutSchema,
  timeoutSchema,
} from '../catalog/service.ts';
import type { SchemaObject } from '../json-schema.ts';
import { clusterNameSchema, nameSchema } from '../names.ts';
import { callbackUrlSchema } from '../webhooks.ts';
import { timeZoneSchema } from '../time-zones.ts';

export const REQUESTED_DEVICES_MAX = 100_000;
const REQUESTED_POOLS_MAX = 1_000;

/** Labels of a run: up to 20 short texts to find it by. */
const labelsSchema = {
  type: 'object',
  maxProperties: 20,
  propertyNames: {
    type: 'string',
    pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$',
    'x-expects': '1 to 63 letters, digits, dots, hyphens, slashes or underscores, the first a letter or digit',
  },
  additionalProperties: { type: 'string', maxLength: 200 },
  description: 'Texts by which the run is found again.',
} as const satisfies SchemaObject;

export const runRequestSchema = {
  type: 'object',
  description: 'What to run, and on what. Any target given replaces the targets of the service.',
  properties: {
    service: { ...nameSchema, description: 'Name of the service.' },
    version: { type: 'integer', minimum: 1, description: 'Version of the service; the newest when absent.' },
    devices: { type: 'array', maxItems: REQUESTED_DEVICES_MAX, items: nameSchema, description: 'Names of devices.' },
    pools: { type: 'array', maxItems: REQUESTED_POOLS_MAX, items: nameSchema, description: 'Names of pools.' },
    ipAddresses: {
      type: 'array',
      maxItems: REQUESTED_DEVICES_MAX,
      items: { type: 'string', minLength: 1, maxLength: 255 },
      description: 'Addresses of devices.',
    },
    params: { type: 'object', description: 'Params that fit the inputs of the service.' },
    cluster: { ...clusterNameSchema, description: 'Where a service that runs once does so.' },
    timeZone: {
      ...timeZoneSchema,
      description: 'Zone of the run, before the header `x-time-zone` and that of the service.',
    },
    timeout: timeoutSchema,
    runTimeout: runTimeoutSchema,
    retries: retriesSchema,
    parallel: parallelSchema,
    priority: prioritySchema,
    rollout: rolloutSchema,
    lock: lockSchema,
    queueTtl: queueTtlSchema,
    deadline: {
      type: 'string',
      format: 'date-time',
      'x-expects': 'a time such as 2026-11-21T10:00:00Z',
      description: 'When it must have ended; what is not done by then is not done, and the run expires.',
    },
    check: { type: 'boolean', default: false, description: 'Only looks what would change, if the type can do that.' },
    labels: labelsSchema,
    callbackUrl: callbackUrlSchema,
    runAs: {
      ...accountNameSchema,
      description: 'Service account as whom it runs; the caller needs the permission act-as:<account>.',
    },
    dryRun: { type: 'boolean', default: false, description: 'Only checks the request and says what would run.' },
  },
  required: ['service'],
  additionalProperties: false,
  'x-unsupported': ['query', 'endpoint', 'inventory'],
} as const satisfies SchemaObject;

export type RunRequest = FromSchema<typeof runRequestSchema>;
