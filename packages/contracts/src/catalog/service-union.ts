import type { SchemaObject } from '../json-schema.ts';
import { toKebabKey } from '../kebab.ts';
import { SERVICE_TYPE_NAMES, serviceTypeKeys, serviceTypeSettings } from '../service-types.ts';
import { SERVICE_UNSUPPORTED, serviceProperties, serviceSourceSchema } from './service.ts';

/** `ssh-command` → `SshCommandService`: the name of its schema in the registry. */
function serviceSchemaName(type: string): string {
  const words = type.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join('')}Service`;
}

/** One schema for each type: the keys of all services and those of the type. */
export function serviceSchemas(form: 'api' | 'file'): Record<string, SchemaObject> {
  return Object.fromEntries(
    SERVICE_TYPE_NAMES.map((type) => [serviceSchemaName(type), serviceOfType(type, serviceTypeKeys(type), form)]),
  );
}

const TEMPLATE_FOR_TEXTFSM = {
  if: { properties: { convert: { const: 'textfsm' } }, required: ['convert'] },
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
  then: { required: ['textfsm'] },
} as const satisfies SchemaObject;

const ONE_SCHEMA_OF_INPUTS = { not: { required: ['inputs', 'decorator'] } } as const satisfies SchemaObject;
const ONE_SOURCE_OF_FILES = { not: { required: ['bundle', 'repository'] } } as const satisfies SchemaObject;

function serviceOfType(type: string, keys: SchemaObject, form: 'api' | 'file'): SchemaObject {
  // What a type demands of its keys together (`not`, `if`, `oneOf` …) stays a schema of its own beside ours.
  const {
    $schema: _dialect,
    title,
    description,
    properties = {},
    required = [],
    ...rest
  } = keys as SchemaObject & {
    $schema?: string;
  };
  const { type: _object, additionalProperties: _closed, 'x-unsupported': unsupported = [], ...together } = rest;
  return {
    ...(title === undefined ? {} : { title }),
    type: 'object',
    description: description ?? `A service of the type ${type}.`,
    properties: {
      ...serviceProperties,
      ...properties,
      ...(form === 'file' ? { source: serviceSourceSchema } : {}),
      type: { const: type, description: 'What kind of work it is.' },
    },
    required: ['name', 'type', ...required],
    additionalProperties: false,
    allOf: [
      TEMPLATE_FOR_TEXTFSM,
      ONE_SCHEMA_OF_INPUTS,
      ONE_SOURCE_OF_FILES,
      ...(Object.keys(together).length > 0 ? [together] : []),
    ],
    'x-unsupported': [...SERVICE_UNSUPPORTED, ...unsupported],
  };
}

/** A service of any type: its `type` says which keys it has. */
export const serviceSchema: SchemaObject = {
  type: 'object',
  description: 'A named, versioned definition of what to run.',
  properties: { type: { enum: SERVICE_TYPE_NAMES, description: 'What kind of work it is.' } },
  required: ['type'],
  discriminator: { propertyName: 'type' },
  oneOf: SERVICE_TYPE_NAMES.map((type) => ({ $ref: serviceSchemaName(type) })),
};

/** The keys that a service of this type may have in a catalog file; those of all services for an unknown type. */
export function serviceFileKeys(type: string): ReadonlySet<string> {
  const own = serviceTypeSettings(type) ? Object.keys(serviceTypeKeys(type).properties ?? {}) : [];
  return new Set([...Object.keys(serviceProperties), 'source', ...own].map(toKebabKey));
}
