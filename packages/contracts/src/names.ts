import type { SchemaObject } from './json-schema.ts';

/** Characters of the longest name of a service, device, pool, credential or secret. */
export const NAME_LENGTH_MAX = 200;

// No control character (C0, DEL, C1) anywhere, no white space at either end.
const NAME = String.raw`^(?!\s)[^\u0000-\u001f\u007f-\u009f]*(?<!\s)$`;

/** The name of a service, device, pool, credential or secret. */
export const nameSchema = {
  type: 'string',
  minLength: 1,
  maxLength: NAME_LENGTH_MAX,
  pattern: NAME,
  'x-expects': 'a name of 1 to 200 characters without control characters and without white space at its ends',
} as const satisfies SchemaObject;

/** The name of a cluster: it becomes part of queue names. */
export const clusterNameSchema = {
  type: 'string',
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$',
  'x-expects': 'a cluster name: 1 to 63 letters, digits, dots, hyphens or underscores, the first a letter or digit',
} as const satisfies SchemaObject;

/** A short text about an item. */
export const descriptionSchema = {
  type: 'string',
  maxLength: 5_000,
  description: 'What it is for, in a sentence or two.',
} as const satisfies SchemaObject;
