import type { SchemaObject } from '../json-schema.ts';

/** What several shapes of the Gateway Manager API share. */
export const recordId = { type: 'string', pattern: '^[0-9a-f]{24}$', description: '24 hex digits.' } as const;
export const uuid = {
  type: 'string',
  pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
  description: 'A UUID.',
} as const;
export const groupNames = {
  type: 'array',
  maxItems: 100,
  uniqueItems: true,
  items: { type: 'string', minLength: 1, maxLength: 100 },
  description: 'Groups whose members see it; everybody when there is none.',
} as const satisfies SchemaObject;
export const success = { const: 'Success', description: 'It was done.' } as const;
export const anyObject = { type: 'object', additionalProperties: true } as const;
export const message = { type: 'string', description: 'What was done, in words.' } as const;

/** An object with exactly these properties. */
export function exactly<const Properties extends Readonly<Record<string, SchemaObject>>>(
  description: string,
  properties: Properties,
) {
  return {
    type: 'object',
    description,
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  } as const;
}
