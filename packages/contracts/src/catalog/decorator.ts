import type { Decorator } from '@runyard/domain';
import type { SchemaObject } from '../json-schema.ts';
import { descriptionSchema, nameSchema } from '../names.ts';

export const decoratorSchema = {
  type: 'object',
  description: 'A JSON Schema of inputs that services share.',
  properties: {
    name: { ...nameSchema, description: 'Its name, by which services refer to it.' },
    description: descriptionSchema,
    schema: {
      type: 'object',
      description: 'JSON Schema of the params of a run, draft-07 or 2020-12, kept as it is.',
    },
    argumentOrder: {
      type: 'array',
      maxItems: 1_000,
      items: { type: 'string', maxLength: 1_000 },
      description: 'Names of properties in the order in which forms show them.',
    },
  },
  required: ['name', 'schema'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export const decoratorInFileSchema = {
  ...decoratorSchema,
  properties: {
    ...decoratorSchema.properties,
    file: {
      type: 'string',
      minLength: 1,
      maxLength: 4_096,
      description: 'File that holds the schema, JSON or YAML, relative to the catalog file.',
    },
  },
  required: ['name'],
  oneOf: [{ required: ['schema'] }, { required: ['file'] }],
} as const satisfies SchemaObject;

/** A decorator is written as it is stored. */
export type DecoratorDocument = Decorator;
