import type { SchemaObject } from '../json-schema.ts';
import { serviceTypeKeys } from '../service-types.ts';

/** The keys of a type of service, apart from what the type demands of them together. */
export interface TypeKeys {
  readonly title?: string;
  readonly description?: string;
  readonly properties: NonNullable<SchemaObject['properties']>;
  readonly required: readonly string[];
  /** What a type demands of its keys together (`not`, `if`, `oneOf` …) stays a schema of its own beside ours. */
  readonly together: readonly SchemaObject[];
  readonly unsupported: readonly string[];
}

/** The keys of a type as people write them. Throws for an unknown type. */
export function typeKeysOf(type: string): TypeKeys {
  const {
    $schema: _dialect,
    title,
    description,
    properties = {},
    required = [],
    ...rest
  } = serviceTypeKeys(type) as SchemaObject & { $schema?: string };
  const { type: _object, additionalProperties: _closed, 'x-unsupported': unsupported = [], ...together } = rest;
  return {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    properties,
    required,
    together: Object.keys(together).length > 0 ? [together] : [],
    unsupported,
  };
}

export const TEMPLATE_FOR_TEXTFSM = {
  if: { properties: { convert: { const: 'textfsm' } }, required: ['convert'] },
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
  then: { required: ['textfsm'] },
} as const satisfies SchemaObject;

export const ONE_SOURCE_OF_FILES = { not: { required: ['bundle', 'repository'] } } as const satisfies SchemaObject;
