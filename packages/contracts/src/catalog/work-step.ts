import type { SchemaObject } from '../json-schema.ts';
import { serviceProperties, serviceSourceSchema } from './service.ts';
import { resultStepProperties } from './step-parts.ts';
import { ONE_SOURCE_OF_FILES, TEMPLATE_FOR_TEXTFSM, typeKeysOf } from './type-keys.ts';

/** The keys of all services that a step has which does work of a service type. */
const COMMON = [
  'timeout',
  'retries',
  'effects',
  'convert',
  'textfsm',
  'validate',
  'skip',
  'credential',
  'repository',
  'bundle',
  'workingDirectory',
  'secrets',
] as const;

/** Keys of types that every step uses for something else, and what they are called in a step. */
const RENAMED: Readonly<Record<string, Readonly<Record<string, string>>>> = { 'no-op': { result: 'value' } };

const REFUSED = {
  source: 'stands in catalog files only; here it is `bundle` or `repository`',
  forEach: 'is no key of a step; use a step of the type `for-each`',
  runMethod: 'belongs to the workflow, not to its steps',
} as const;

/** What a key of the type is called in a step. */
export function keyInStep(type: string, key: string): string {
  return RENAMED[type]?.[key] ?? key;
}

/** The key of the type behind a key of a step. */
export function keyOfType(type: string, key: string): string {
  return Object.entries(RENAMED[type] ?? {}).find(([, renamed]) => renamed === key)?.[0] ?? key;
}

/** A step that does work of a service type. In a catalog file its code may lie in a folder beside it. */
export function workStepSchema(type: string, form: 'api' | 'file'): SchemaObject {
  const { title, properties, required, together, unsupported } = typeKeysOf(type);
  const own = Object.entries(properties).map(([key, schema]) => [keyInStep(type, key), schema] as const);
  return {
    ...(title === undefined ? {} : { title }),
    type: 'object',
    description: `Work of the service type ${type}.`,
    properties: {
      ...Object.fromEntries(COMMON.map((key) => [key, serviceProperties[key]])),
      ...Object.fromEntries(own),
      ...(form === 'file' ? { source: serviceSourceSchema } : {}),
      ...resultStepProperties,
      type: { const: type, description: 'What kind of step it is.' },
    },
    required: ['type', ...required.map((key) => keyInStep(type, key))],
    additionalProperties: false,
    allOf: [TEMPLATE_FOR_TEXTFSM, ONE_SOURCE_OF_FILES, ...together],
    'x-unsupported': unsupported,
    'x-refused': REFUSED,
  };
}

/** The keys of a step that make its service: those of all services, and those of the type as a step calls them. */
export function workStepKeys(type: string): ReadonlySet<string> {
  const own = Object.keys(typeKeysOf(type).properties).map((key) => keyInStep(type, key));
  return new Set([...COMMON, ...own]);
}
