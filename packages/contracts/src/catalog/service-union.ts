import { WORKFLOW_TYPE } from '@runyard/domain';
import type { SchemaObject } from '../json-schema.ts';
import { toKebabKey } from '../kebab.ts';
import { SERVICE_TYPE_NAMES, serviceTypeKeys, serviceTypeSettings } from '../service-types.ts';
import { SERVICE_UNSUPPORTED, serviceProperties, serviceSourceSchema } from './service.ts';
import { ONE_SOURCE_OF_FILES, TEMPLATE_FOR_TEXTFSM, typeKeysOf } from './type-keys.ts';
import { stepSchemas, WORKFLOW_KEYS, workflowServiceSchema } from './workflow.ts';

/** `ssh-command` → `SshCommandService`: the name of its schema in the registry. */
function serviceSchemaName(type: string): string {
  const words = type.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join('')}Service`;
}

/** One schema for each type: the keys of all services and those of the type. */
export function serviceSchemas(form: 'api' | 'file'): Record<string, SchemaObject> {
  return {
    ...Object.fromEntries(SERVICE_TYPE_NAMES.map((type) => [serviceSchemaName(type), serviceOfType(type, form)])),
    [serviceSchemaName(WORKFLOW_TYPE)]: workflowServiceSchema(SERVICE_UNSUPPORTED),
    ...stepSchemas(form),
  };
}

const ONE_SCHEMA_OF_INPUTS = { not: { required: ['inputs', 'decorator'] } } as const satisfies SchemaObject;

function serviceOfType(type: string, form: 'api' | 'file'): SchemaObject {
  const { title, description, properties, required, together, unsupported } = typeKeysOf(type);
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
    allOf: [TEMPLATE_FOR_TEXTFSM, ONE_SCHEMA_OF_INPUTS, ONE_SOURCE_OF_FILES, ...together],
    'x-unsupported': [...SERVICE_UNSUPPORTED, ...unsupported],
  };
}

/** A workflow is no work of its own: its steps are. */
const ALL_TYPES = [...SERVICE_TYPE_NAMES, WORKFLOW_TYPE].sort();

/** A service of any type: its `type` says which keys it has. */
export const serviceSchema: SchemaObject = {
  type: 'object',
  description: 'A named, versioned definition of what to run.',
  properties: { type: { enum: ALL_TYPES, description: 'What kind of work it is.' } },
  required: ['type'],
  discriminator: { propertyName: 'type' },
  oneOf: ALL_TYPES.map((type) => ({ $ref: serviceSchemaName(type) })),
};

/** The keys that a service of this type may have in a catalog file; those of all services for an unknown type. */
export function serviceFileKeys(type: string): ReadonlySet<string> {
  if (type === WORKFLOW_TYPE) return new Set(WORKFLOW_KEYS.map(toKebabKey));
  const own = serviceTypeSettings(type) ? Object.keys(serviceTypeKeys(type).properties ?? {}) : [];
  return new Set([...Object.keys(serviceProperties), 'source', ...own].map(toKebabKey));
}
