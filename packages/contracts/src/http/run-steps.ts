import type { ShownStepState } from '@runyard/domain';
import type { FromSchema } from 'json-schema-to-ts';
import type { SchemaObject } from '../json-schema.ts';
import { runErrorSchema, timeSchema } from './parts.ts';

const nullableTime = { ...timeSchema, type: ['string', 'null'] } as const;

export const STEP_STATES = [
  'running',
  'requested',
  'starting',
  'waiting',
  'succeeded',
  'failed',
  'skipped',
  'cancelled',
  'unknown',
] as const satisfies readonly ShownStepState[];

const commentSchema = { type: 'string', maxLength: 2_000, description: 'Why, for people.' } as const;

export const runStepSchema = {
  type: 'object',
  description: 'How far one step of a workflow has come on one device.',
  properties: {
    device: { type: 'string', description: 'The device; `-` where the workflow runs once.' },
    step: { type: 'string', description: 'The id of the step; with `[n]` for the n-th value of a for-each.' },
    state: {
      enum: STEP_STATES,
      description:
        'requested and starting: a gateway starts its run; waiting: for that run, a person, or a time; cancelled and unknown: the run ended while the step waited, or was in work.',
    },
    startedAt: { ...timeSchema, description: 'When it began.' },
    endedAt: { ...nullableTime, description: 'When it ended, by itself or with its run.' },
    result: { description: 'What it gave.' },
    error: { ...runErrorSchema, description: 'Why it failed.' },
    runId: { type: 'string', description: 'The run that it started.' },
    until: { ...timeSchema, description: 'When it waits no longer.' },
    message: { type: 'string', description: 'What a person is asked.' },
    approval: {
      type: 'object',
      description: 'What a person said.',
      properties: {
        isApproved: { type: 'boolean', description: 'Yes or no.' },
        by: { type: 'string', description: 'Who.' },
        at: { ...timeSchema, description: 'When.' },
        comment: commentSchema,
      },
      required: ['isApproved', 'by', 'at'],
      additionalProperties: false,
    },
  },
  required: ['device', 'step', 'state', 'startedAt', 'endedAt', 'result', 'error'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export type RunStepAnswer = FromSchema<typeof runStepSchema>;

export const stepAnswerSchema = {
  type: 'object',
  description: 'What a person says to a step that asks.',
  properties: {
    step: { type: 'string', minLength: 1, maxLength: 100, description: 'The id of the step.' },
    device: {
      type: 'string',
      maxLength: 200,
      default: '-',
      description: 'The device; `-` where the workflow runs once.',
    },
    comment: commentSchema,
  },
  required: ['step'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export interface StepAnswerRequest {
  step: string;
  device?: string;
  comment?: string;
}
