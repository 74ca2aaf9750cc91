import { DEVICE_STATES } from '@runyard/domain';
import type { FromSchema } from 'json-schema-to-ts';
import type { SchemaObject } from '../json-schema.ts';
import { runErrorSchema, timeSchema } from './parts.ts';

const nullableTime = { ...timeSchema, type: ['string', 'null'] } as const;

const rowProperties = {
  name: { type: 'string', description: 'Name of the device; empty for a service that runs once.' },
  state: { enum: DEVICE_STATES, description: 'State of the device in this run.' },
  startedAt: { ...nullableTime, description: 'When its last attempt began.' },
  durationMs: { type: ['number', 'null'], minimum: 0, description: 'Milliseconds that all attempts took.' },
  attempts: { type: 'integer', minimum: 0, description: 'Number of attempts.' },
  error: { ...runErrorSchema, description: 'Why it did not succeed.' },
} as const satisfies Record<string, SchemaObject>;

export const deviceRowSchema = {
  type: 'object',
  description: 'A device of a run, as a list shows it.',
  properties: rowProperties,
  required: ['name', 'state', 'startedAt', 'durationMs', 'attempts', 'error'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export type DeviceRowAnswer = FromSchema<typeof deviceRowSchema>;

const attemptSchema = {
  type: 'object',
  description: 'One attempt at a device.',
  properties: {
    startedAt: { ...timeSchema, description: 'When it began.' },
    durationMs: { type: 'number', minimum: 0, description: 'Milliseconds that it took.' },
    error: { ...runErrorSchema, description: 'Why it did not succeed.' },
  },
  required: ['startedAt', 'durationMs', 'error'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export const deviceOutputSchema = {
  type: 'object',
  description: 'A device of a run with all that it gave.',
  properties: {
    ...rowProperties,
    result: { description: 'What the device gave, converted; null while it is not final.' },
    fields: { type: 'object', description: 'What the type of the service adds, such as command or status_code.' },
    history: { type: 'array', items: attemptSchema, description: 'Earlier attempts.' },
  },
  required: [...deviceRowSchema.required, 'result', 'fields', 'history'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export type DeviceOutputAnswer = FromSchema<typeof deviceOutputSchema>;

export const logLineSchema = {
  type: 'object',
  description: 'One line of the log of a run.',
  properties: {
    at: { ...timeSchema, description: 'When it was said.' },
    device: { type: 'string', description: 'The device it is about; empty for the run itself.' },
    text: { type: 'string', description: 'The line.' },
  },
  required: ['at', 'device', 'text'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export type LogLineAnswer = FromSchema<typeof logLineSchema>;
