import type { Pool } from '@runyard/domain';
import type { SchemaObject } from '../json-schema.ts';
import { descriptionSchema, nameSchema } from '../names.ts';

const parts = { type: 'array', minItems: 1, maxItems: 1_000, items: { $ref: 'PoolRulePart' } } as const;
const inverted = { type: 'boolean', default: false, description: 'Inverts the test.' } as const;

export const poolRuleSchema = {
  type: 'object',
  description: 'Tests on properties and attributes of devices, joined by all and any.',
  properties: {
    all: { ...parts, description: 'Every part must hold.' },
    any: { ...parts, description: 'At least one part must hold.' },
    not: inverted,
  },
  anyOf: [{ required: ['all'] }, { required: ['any'] }],
  additionalProperties: false,
} as const satisfies SchemaObject;

export const poolConditionSchema = {
  type: 'object',
  description: 'One test on one property or attribute of a device.',
  properties: {
    property: {
      enum: ['name', 'address', 'port', 'platform', 'cluster', 'credential', 'description'],
      description: 'The property of the device that is tested.',
    },
    attribute: { type: 'string', minLength: 1, maxLength: 200, description: 'The attribute that is tested.' },
    equals: {
      type: ['string', 'number', 'boolean'],
      description: 'It is exactly this; 10 and "10" are the same.',
    },
    contains: { type: 'string', maxLength: 1_000, description: 'It has this text in it, or this member in its list.' },
    matches: {
      type: 'string',
      maxLength: 1_000,
      format: 'regex',
      description: 'A regular expression, searched anywhere in it.',
    },
    empty: { type: 'boolean', description: 'true: it is empty or not there; false: it is there.' },
    not: inverted,
  },
  allOf: [
    { oneOf: [{ required: ['property'] }, { required: ['attribute'] }] },
    {
      oneOf: [{ required: ['equals'] }, { required: ['contains'] }, { required: ['matches'] }, { required: ['empty'] }],
    },
  ],
  additionalProperties: false,
} as const satisfies SchemaObject;

export const poolRulePartSchema = {
  type: 'object',
  description: 'A test, or a rule of its own.',
  if: { anyOf: [{ required: ['all'] }, { required: ['any'] }] },
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
  then: { $ref: 'PoolRule' },
  else: { $ref: 'PoolCondition' },
} as const satisfies SchemaObject;

export const poolSchema = {
  type: 'object',
  description: 'A set of devices: listed, by rule, or the union of both. Evaluated when a run is planned.',
  properties: {
    name: { ...nameSchema, description: 'Its name, unique among pools.' },
    description: descriptionSchema,
    devices: { type: 'array', maxItems: 100_000, items: nameSchema, description: 'Names of devices.' },
    rule: { $ref: 'PoolRule' },
  },
  required: ['name'],
  additionalProperties: false,
  'x-unsupported': ['pools', 'groups', 'query'],
} as const satisfies SchemaObject;

/** A pool is written as it is stored. */
export type PoolDocument = Pool;
