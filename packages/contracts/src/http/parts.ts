import type { SchemaObject } from '../json-schema.ts';

/** A time of RFC 3339 in UTC. */
export const timeSchema = {
  type: 'string',
  format: 'date-time',
  description: 'A time of RFC 3339 in UTC.',
  examples: ['2026-11-21T00:21:38.088Z'],
} as const satisfies SchemaObject;

/** An error of the register with a text for people, or null. */
export const runErrorSchema = {
  type: ['object', 'null'],
  description: 'What went wrong.',
  properties: {
    code: { type: 'string', description: 'The code that programs match.' },
    message: { type: 'string', description: 'The text that people read.' },
  },
  required: ['code', 'message'],
  additionalProperties: false,
} as const satisfies SchemaObject;

/** One page of a collection: `cursor` is opaque, and null on the last page. */
export function pageSchema<Name extends string>(item: Name, description: string) {
  return {
    type: 'object',
    description,
    properties: {
      items: { type: 'array', items: { $ref: item }, description: 'The items of this page.' },
      cursor: { type: ['string', 'null'], description: 'Give it back to get the next page; null on the last one.' },
    },
    required: ['items', 'cursor'],
    additionalProperties: false,
  } as const satisfies SchemaObject;
}

export interface PageAnswer<Item> {
  items: Item[];
  cursor: string | null;
}

export const fieldErrorSchema = {
  type: 'object',
  description: 'One wrong place and what would be right.',
  properties: {
    path: { type: 'string', description: 'JSON pointer to it.' },
    message: { type: 'string', description: 'What is wrong.' },
    file: { type: 'string', description: 'The catalog file it stands in.' },
    line: { type: 'integer', minimum: 1, description: 'The line of that file.' },
  },
  required: ['path', 'message'],
  additionalProperties: false,
} as const satisfies SchemaObject;

export const problemSchema = {
  type: 'object',
  description: 'A problem document of RFC 9457.',
  properties: {
    type: { type: 'string', description: 'Address of a page about this kind of problem.' },
    title: { type: 'string', description: 'The kind of problem in words.' },
    status: { type: 'integer', minimum: 400, maximum: 599, description: 'The HTTP status.' },
    detail: { type: 'string', description: 'What was wrong this time.' },
    instance: { type: 'string', description: 'The address that was called.' },
    code: { type: 'string', description: 'The code that programs match.' },
    requestId: { type: 'string', description: 'Id of the request, also in the log.' },
    errors: { type: 'array', items: fieldErrorSchema, description: 'Every wrong place.' },
  },
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'requestId'],
  additionalProperties: true,
} as const satisfies SchemaObject;
