import { STEP_VALUES_MAX } from '@runyard/domain';
import { durationSchema } from '../durations.ts';
import type { SchemaObject } from '../json-schema.ts';
import { nameSchema } from '../names.ts';
import { accountNameSchema } from './access.ts';
import {
  edgesSchema,
  expressionSchema,
  onFailureSchema,
  onSuccessSchema,
  resultStepProperties,
  stepProperties,
  valueNameSchema,
} from './step-parts.ts';

const DAY_MS = 86_400_000;
const WAIT_MS_MAX = 30 * DAY_MS;
const TEMPLATE_LENGTH_MAX = 10_000;
const DEVICES_MAX = 10_000;
const POOLS_MAX = 1_000;
const PARAMS_MAX = 500;
const GROUPS_MAX = 100;

const limit = (description: string) => durationSchema({ description, minimumMs: 10, maximumMs: WAIT_MS_MAX });

export const runServiceStepSchema = {
  type: 'object',
  title: 'run-service',
  description: 'Runs another service of the catalog, as a run of its own.',
  properties: {
    ...resultStepProperties,
    type: { const: 'run-service', description: 'What kind of step it is.' },
    service: { ...nameSchema, description: 'Name or slug of the service.' },
    endpoint: {
      ...nameSchema,
      description: 'Endpoint of the service, one with the method GET; the service by itself when absent.',
    },
    mode: {
      enum: ['wait', 'detach'],
      default: 'wait',
      description: 'wait: for the end of the run; detach: only until it is queued, whatever becomes of it.',
    },
    runAs: {
      ...accountNameSchema,
      description: 'Service account as whom it runs; who saves the workflow must be allowed to act as it.',
    },
    timeZone: {
      type: 'string',
      anyOf: [{ enum: ['default', 'inherit'] }, { format: 'time-zone' }],
      'x-expects': '`default`, `inherit`, or the IANA name of a time zone, such as Europe/Oslo',
      default: 'default',
      description: 'default: the zone of the service; inherit: that of the run of the workflow; or the name of a zone.',
    },
    params: {
      type: 'object',
      maxProperties: PARAMS_MAX,
      'x-template': 'deep',
      description: 'Its params; texts in it are templates.',
    },
    devices: {
      type: 'array',
      maxItems: DEVICES_MAX,
      items: { type: 'string', minLength: 1, maxLength: TEMPLATE_LENGTH_MAX, 'x-template': 'text' },
      description: 'Names of devices, or templates of a name; with `pools` they replace the targets of the service.',
    },
    pools: { type: 'array', maxItems: POOLS_MAX, items: nameSchema, description: 'Names of pools.' },
    timeout: limit('How long the run may take.'),
    onParentClose: {
      enum: ['cancel', 'abandon'],
      description:
        'What becomes of the run when the workflow ends otherwise than well: cancel is the default with `mode: wait`, abandon with `mode: detach`.',
    },
  },
  required: ['type', 'service'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export const approveStepSchema = {
  type: 'object',
  title: 'approve',
  description: 'Waits until a person says yes or no, and holds nothing meanwhile.',
  properties: {
    ...resultStepProperties,
    type: { const: 'approve', description: 'What kind of step it is.' },
    message: {
      type: 'string',
      minLength: 1,
      maxLength: TEMPLATE_LENGTH_MAX,
      'x-template': 'text',
      description: 'What is to be approved. A template.',
    },
    groups: {
      type: 'array',
      minItems: 1,
      maxItems: GROUPS_MAX,
      uniqueItems: true,
      items: nameSchema,
      description: 'Groups whose members may answer; whoever may approve runs when absent.',
    },
    timeout: limit('How long to wait for an answer; as long as the run may take when absent.'),
  },
  required: ['type', 'message'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export const waitStepSchema = {
  type: 'object',
  title: 'wait',
  description: 'Waits for a time, and holds nothing meanwhile.',
  properties: {
    ...stepProperties,
    onSuccess: onSuccessSchema,
    type: { const: 'wait', description: 'What kind of step it is.' },
    for: {
      ...durationSchema({ description: 'How long.', minimumMs: 10, maximumMs: WAIT_MS_MAX }),
      'x-domainKey': 'durationMs',
    },
  },
  required: ['type', 'for'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export const ifStepSchema = {
  type: 'object',
  title: 'if',
  description: 'Goes one of two ways.',
  properties: {
    ...stepProperties,
    onFailure: onFailureSchema,
    type: { const: 'if', description: 'What kind of step it is.' },
    when: expressionSchema('An expression; false, null, 0 and what is empty go the way of `else`.'),
    // oxlint-disable-next-line unicorn/no-thenable -- a key of the step
    then: edgesSchema('What follows when it is true; nothing with `end`.'),
    else: edgesSchema('What follows when it is not; nothing when absent or `end`.'),
  },
  required: ['type', 'when', 'then'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export const forEachStepSchema = {
  type: 'object',
  title: 'for-each',
  description: 'One step for each of some values, one after the other. Its result is the list of theirs.',
  properties: {
    ...resultStepProperties,
    type: { const: 'for-each', description: 'What kind of step it is.' },
    values: {
      type: ['array', 'string'],
      maxItems: STEP_VALUES_MAX,
      minLength: 1,
      maxLength: TEMPLATE_LENGTH_MAX,
      'x-expression': true,
      description: 'The values, or an expression that gives a list.',
    },
    as: { ...valueNameSchema, default: 'item', description: 'The name by which the step sees the value.' },
    step: { $ref: 'RepeatedStep', description: 'What is done for each value.' },
  },
  required: ['type', 'values', 'step'],
  additionalProperties: false,
} as const satisfies SchemaObject;
