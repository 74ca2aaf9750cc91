import type { SchemaObject } from '../json-schema.ts';
import { nameSchema } from '../names.ts';

const SECRET_LENGTH_MAX = 100_000;

const fromEnvironment = {
  type: 'string',
  minLength: 1,
  maxLength: 200,
  pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
  'x-expects': 'the name of an environment variable: letters, digits and underscores',
  description: 'Environment variable that holds the value, read where the catalog files are read.',
} as const satisfies SchemaObject;

const fromFile = {
  type: 'string',
  minLength: 1,
  maxLength: 4_096,
  description: 'File that holds the value, relative to the catalog file. One line break at its end is left out.',
} as const satisfies SchemaObject;

const plain = { type: ['string', 'object'], maxLength: SECRET_LENGTH_MAX, writeOnly: true } as const;
const reference = { ...nameSchema, description: 'Name of a secret of the catalog.' } as const;

const kept = { const: true, description: 'The value that is stored already stays.' } as const;

/** A secret value in the API: a text, or where it is kept. */
export const secretValueSchema = {
  ...plain,
  description: 'The value itself, or the name of a secret, or "kept as it is" when an item is written again.',
  properties: {
    secret: reference,
    kept: { const: true, description: 'The value that is stored already stays. Answers show stored values like this.' },
  },
  additionalProperties: false,
  oneOf: [{ type: 'string' }, { type: 'object', required: ['secret'] }, { type: 'object', required: ['kept'] }],
  'x-expects': 'a text, {secret: <name>}, or {kept: true}',
} as const satisfies SchemaObject;

/** A secret value in a catalog file. An export has `{kept: true}` in the place of values. */
export const secretValueInFileSchema = {
  ...plain,
  description: 'Where the value is: an environment variable, a file, or a secret of the catalog.',
  properties: { env: fromEnvironment, file: fromFile, secret: reference, kept },
  additionalProperties: false,
  oneOf: [
    { type: 'string' },
    { type: 'object', required: ['env'] },
    { type: 'object', required: ['file'] },
    { type: 'object', required: ['secret'] },
    { type: 'object', required: ['kept'] },
  ],
  'x-expects': 'exactly one of {env: <variable>}, {file: <path>}, {secret: <name>} and {kept: true}',
} as const satisfies SchemaObject;

/** A value in a catalog file that may stand there in the open, such as a user name. */
export const openValueInFileSchema = {
  ...plain,
  writeOnly: false,
  description: 'The value itself, or the environment variable or file that holds it.',
  properties: { env: fromEnvironment, file: fromFile },
  additionalProperties: false,
  oneOf: [{ type: 'string' }, { type: 'object', required: ['env'] }, { type: 'object', required: ['file'] }],
  'x-expects': 'a text, {env: <variable>} or {file: <path>}',
} as const satisfies SchemaObject;

const name = { ...nameSchema, description: 'Its name, by which credentials refer to it.' } as const;

export const secretSchema = {
  type: 'object',
  description: 'A value that is encrypted at rest and never given out.',
  properties: {
    name,
    value: {
      type: ['string', 'object'],
      maxLength: SECRET_LENGTH_MAX,
      writeOnly: true,
      description: 'The value itself, or "kept as it is" when the item is written again.',
      properties: { kept },
      additionalProperties: false,
      oneOf: [{ type: 'string' }, { type: 'object', required: ['kept'] }],
      'x-expects': 'a text or {kept: true}',
    },
  },
  required: ['name', 'value'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export const secretInFileSchema = {
  ...secretSchema,
  properties: {
    name,
    value: {
      ...openValueInFileSchema,
      writeOnly: true,
      description: 'Where the value is: an environment variable or a file.',
      properties: { ...openValueInFileSchema.properties, kept },
      oneOf: [...openValueInFileSchema.oneOf, { type: 'object', required: ['kept'] }],
      'x-expects': 'a text, {env: <variable>}, {file: <path>} or {kept: true}',
    },
  },
} as const satisfies SchemaObject;

/** A secret value after files and environment were read. */
export type SecretValueDocument = string | { secret: string } | { kept: true };

export interface SecretDocument {
  name: string;
  value: string | { kept: true };
}
