import type { JsonValue } from '@runyard/domain';
import type { FromSchema } from 'json-schema-to-ts';
import type { SchemaObject } from '../json-schema.ts';
import { REQUESTED_DEVICES_MAX } from './run-request.ts';

const names = (description: string) =>
  ({
    type: 'array',
    maxItems: REQUESTED_DEVICES_MAX,
    items: { type: 'string', maxLength: 255 },
    default: [],
    description,
  }) as const satisfies SchemaObject;
const runtime = { type: 'string', description: 'UTC time with microseconds; no two runs share one.' } as const;
const jobId = { type: 'string', description: 'The id of the run: 24 hex digits.' } as const;
const texts = { type: 'array', items: { type: 'string' } } as const;

/** `POST /rest/run_service`. Every other key is extra data for the service. */
export const enmsRunServiceSchema = {
  type: 'object',
  description: 'Runs a service, as eNMS is asked.',
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 200, description: 'Name of the service.' },
    devices: names('Names of devices. Without any the service runs on its own.'),
    pools: names('Names of pools.'),
    ip_addresses: names('Addresses of devices.'),
    payload: { type: 'object', default: {}, description: 'What the service sees as payload.' },
    async: { type: 'boolean', default: false, description: 'Answers at once.' },
    ignore_invalid_targets: { type: 'boolean', default: false, description: 'Runs on the targets that are known.' },
  },
  required: ['name'],
  additionalProperties: true,
} as const satisfies SchemaObject;

export type EnmsRunServiceRequest = FromSchema<typeof enmsRunServiceSchema>;

export const enmsAsyncAnswerSchema = {
  type: 'object',
  description: 'The run was accepted.',
  properties: { errors: { ...texts, description: 'Targets that are not known.' }, runtime, job_id: jobId },
  required: ['errors'],
  additionalProperties: true,
} as const satisfies SchemaObject;

export type EnmsAsyncAnswer = FromSchema<typeof enmsAsyncAnswerSchema>;

export const enmsSyncAnswerSchema = {
  type: 'object',
  description: 'The run has ended, or did not begin because of its targets: then there are only errors.',
  properties: {
    runtime,
    job_id: jobId,
    success: { type: 'boolean', description: 'False when any device failed.' },
    duration: { type: 'string', description: 'As h:mm:ss.', examples: ['0:00:01'] },
    trigger: { type: 'string', description: 'REST.' },
    errors: { ...texts, description: 'Targets that are not known.' },
    warnings: { ...texts, description: 'What the caller should know.' },
    summary: {
      type: 'object',
      description: 'Names of devices by how they ended.',
      properties: {
        success: { ...texts, description: 'Succeeded.' },
        failure: { ...texts, description: 'Failed.' },
        discard: { ...texts, description: 'Left out.' },
      },
      required: ['success', 'failure', 'discard'],
      additionalProperties: false,
    },
    devices: { type: 'object', additionalProperties: { $ref: 'EnmsDevice' }, description: 'Each device by name.' },
    result: { description: 'The result of a service that runs once.' },
  },
  required: ['errors'],
  additionalProperties: true,
} as const satisfies SchemaObject;

export interface EnmsSyncAnswer {
  runtime?: string;
  job_id?: string;
  success?: boolean;
  duration?: string;
  trigger?: string;
  errors: string[];
  warnings?: string[];
  summary?: { success: string[]; failure: string[]; discard: string[] };
  devices?: Record<string, EnmsDeviceAnswer>;
  result?: JsonValue;
}

export const enmsDeviceSchema = {
  type: 'object',
  description: 'What one device gave; the type of the service adds keys.',
  properties: {
    device_target: { type: 'string', description: 'Name of the device.' },
    success: { type: 'boolean', description: 'It succeeded.' },
    result: { description: 'What it gave, converted.' },
    runtime,
    duration: { type: 'string', description: 'As h:mm:ss.' },
  },
  required: ['device_target', 'success', 'result', 'runtime', 'duration'],
  additionalProperties: true,
} as const satisfies SchemaObject;

export type EnmsDeviceAnswer = FromSchema<typeof enmsDeviceSchema>;

export const enmsResultSchema = {
  type: 'object',
  description: 'The result of a run, or how far it is.',
  properties: {
    status: { enum: ['Running', 'Completed', 'Aborted'], description: 'Waiting counts as running.' },
    result: { description: 'The synchronous answer, or a text while there is none.' },
    progress: { type: 'object', description: 'How far the run is.' },
    job_id: jobId,
  },
  required: ['status', 'result'],
  additionalProperties: true,
} as const satisfies SchemaObject;

export type EnmsResultAnswer = FromSchema<typeof enmsResultSchema>;

export const enmsErrorSchema = {
  type: 'object',
  description: 'An error, as eNMS says it.',
  properties: {
    alert: { type: 'string', description: 'Status and text.', examples: ['Error 401 - Wrong Credentials.'] },
    error: { type: 'string', description: 'What was wrong.' },
    request_id: { type: 'string', description: 'Id of the request, also in the log.' },
  },
  required: ['error'],
  additionalProperties: true,
} as const satisfies SchemaObject;

export type EnmsErrorAnswer = FromSchema<typeof enmsErrorSchema>;

export const enmsIsAliveSchema = {
  type: 'object',
  description: 'The server answers.',
  properties: {
    name: { type: ['string', 'integer'], description: 'Name of the server.' },
    cluster_id: { type: 'boolean', description: 'Always true.' },
    workers: { type: 'integer', minimum: 0, description: 'Workers that are alive.' },
    redis: { type: 'boolean', description: 'Redis answers.' },
  },
  required: ['name', 'cluster_id'],
  additionalProperties: true,
} as const satisfies SchemaObject;

export type EnmsIsAliveAnswer = FromSchema<typeof enmsIsAliveSchema>;
