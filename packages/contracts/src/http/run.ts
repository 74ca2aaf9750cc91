import { DEVICE_STATES, RUN_STATES } from '@runyard/domain';
import type { FromSchema } from 'json-schema-to-ts';
import { prioritySchema } from '../catalog/service.ts';
import type { SchemaObject } from '../json-schema.ts';
import { runErrorSchema, timeSchema } from './parts.ts';

const nullableTime = { ...timeSchema, type: ['string', 'null'] } as const;
const count = { type: 'integer', minimum: 0 } as const;
const runId = { type: 'string', pattern: '^[0-9a-f]{24}$', description: 'The job id: 24 hex digits.' } as const;
const runtime = {
  type: 'string',
  description: 'UTC time of acceptance with microseconds; no two runs share one.',
  examples: ['2026-11-21 00:21:38.088441'],
} as const;
const state = { enum: RUN_STATES, description: 'State of the run.' } as const;

const linksSchema = {
  type: 'object',
  description: 'Addresses about the run.',
  properties: {
    self: { type: 'string', description: 'The run itself.' },
    devices: { type: 'string', description: 'Its devices, in pages.' },
    log: { type: 'string', description: 'Its log, in pages.' },
    events: { type: 'string', description: 'Server-sent events.' },
    cancel: { type: 'string', description: 'POST here to cancel it.' },
  },
  required: ['self', 'devices', 'log', 'events', 'cancel'],
  additionalProperties: false,
} as const satisfies SchemaObject;

const countsSchema = {
  type: 'object',
  description: 'Devices in each state.',
  properties: {
    total: { ...count, description: 'All devices.' },
    pending: { ...count, description: 'Not begun.' },
    running: { ...count, description: 'At work.' },
    succeeded: { ...count, description: 'Done well.' },
    failed: { ...count, description: 'Failed.' },
    skipped: { ...count, description: 'Left out.' },
    cancelled: { ...count, description: 'Cancelled.' },
    unknown: { ...count, description: 'Nobody can tell.' },
  },
  required: ['total', ...DEVICE_STATES],
  additionalProperties: false,
} as const satisfies SchemaObject;

export const runSchema = {
  type: 'object',
  description: 'One run, without its devices: constant in size.',
  properties: {
    id: runId,
    runtime,
    state,
    service: { type: 'string', description: 'Name of the service.' },
    version: { type: 'integer', description: 'Version of the service that runs.' },
    type: { type: 'string', description: 'Type of the service.' },
    runMethod: { enum: ['per-device', 'once'], description: 'Once on each device, or one time for all.' },
    principal: { type: 'string', description: 'As whom it runs.' },
    actor: { type: 'string', description: 'Who called.' },
    initiator: { type: 'string', description: 'Who asked first.' },
    door: { type: 'string', description: 'The API through which it came.' },
    cluster: { type: 'string', description: 'Where it runs, when it runs once.' },
    timeZone: { type: 'string', description: 'Its time zone, as `run.timeZone` in templates.' },
    check: { type: 'boolean', description: 'It only looks what would change.' },
    counts: countsSchema,
    progress: { type: 'number', minimum: 0, maximum: 1, description: 'Share of devices that are final.' },
    createdAt: { ...timeSchema, description: 'When it was accepted.' },
    startedAt: { ...nullableTime, description: 'When its first device began.' },
    endedAt: { ...nullableTime, description: 'When it ended.' },
    cancelRequested: { type: 'boolean', description: 'Somebody asked to cancel it.' },
    priority: { ...prioritySchema, description: 'Which of two waiting runs is taken first.' },
    startBy: { ...timeSchema, description: 'Not begun by then, it expires.' },
    deadline: { ...timeSchema, description: 'Not ended by then, it expires.' },
    pause: {
      type: ['object', 'null'],
      description: 'Set while nothing new begins because somebody, or the rollout, said so.',
      properties: {
        at: { ...timeSchema, description: 'Since when.' },
        by: { type: 'string', description: 'Who did it; `rollout` when too many devices failed.' },
        reason: { type: 'string', description: 'Why.' },
      },
      required: ['at', 'by'],
      additionalProperties: false,
    },
    rollout: {
      type: ['object', 'null'],
      description: 'How far it has come, when it goes batch by batch.',
      properties: {
        batch: { type: 'integer', minimum: 0, description: 'The batch in work, counted from 0.' },
        batches: { type: 'integer', minimum: 1, description: 'How many there are.' },
        nextAt: { ...nullableTime, description: 'When the next one may begin; null while this one is in work.' },
      },
      required: ['batch', 'batches', 'nextAt'],
      additionalProperties: false,
    },
    error: { ...runErrorSchema, description: 'Why the run as a whole did not do its work.' },
    warnings: { type: 'array', items: { type: 'string' }, description: 'What the caller should know.' },
    targetErrors: { type: 'array', items: { type: 'string' }, description: 'Targets that were left out, and why.' },
    labels: { type: 'object', additionalProperties: { type: 'string' }, description: 'Labels of the caller.' },
    rerunOf: { ...runId, description: 'The run that this one repeats.' },
    endpoint: { type: 'string', description: 'The endpoint of the service that was called.' },
    parentRunId: { ...runId, description: 'The run that started it.' },
    rootRunId: { ...runId, description: 'The run at the top of the tree.' },
    stepId: { type: 'string', description: 'The step of the parent that started it.' },
    chain: {
      type: 'array',
      maxItems: 10,
      description: 'From the root to the parent: who started whom.',
      items: {
        type: 'object',
        description: 'One run of the chain.',
        properties: {
          runId,
          service: { type: 'string', description: 'Its service.' },
          endpoint: { type: 'string', description: 'The endpoint that was called.' },
          principal: { type: 'string', description: 'As whom it runs.' },
        },
        required: ['runId', 'service', 'principal'],
        additionalProperties: false,
      },
    },
    revision: { type: 'integer', description: 'Grows with each change; the ETag.' },
    links: linksSchema,
  },
  required: [
    'id',
    'runtime',
    'state',
    'service',
    'version',
    'type',
    'runMethod',
    'principal',
    'actor',
    'counts',
    'progress',
    'createdAt',
    'startedAt',
    'endedAt',
    'cancelRequested',
    'pause',
    'rollout',
    'error',
    'warnings',
    'targetErrors',
    'labels',
    'revision',
    'links',
  ],
  additionalProperties: false,
} as const satisfies SchemaObject;

export type RunAnswer = FromSchema<typeof runSchema>;

export const acceptedSchema = {
  type: 'object',
  description: 'The run was written down and will be carried out.',
  properties: {
    id: runId,
    runtime,
    state,
    links: linksSchema,
    warnings: runSchema.properties.warnings,
  },
  required: ['id', 'state', 'runtime', 'links'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export type AcceptedAnswer = FromSchema<typeof acceptedSchema>;

export const dryRunSchema = {
  type: 'object',
  description: 'What a run would do. Nothing was written.',
  properties: {
    dryRun: { const: true, description: 'Nothing was written.' },
    service: runSchema.properties.service,
    version: runSchema.properties.version,
    devices: { ...count, description: 'Number of devices it would work on.' },
    params: { type: 'object', description: 'The params with the defaults of the service filled in.' },
    warnings: runSchema.properties.warnings,
  },
  required: ['dryRun', 'service', 'version', 'devices', 'warnings'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export type DryRunAnswer = FromSchema<typeof dryRunSchema>;
