import { WORKFLOW_STEPS_MAX, WORKFLOW_TYPE } from '@runyard/domain';
import type { SchemaObject } from '../json-schema.ts';
import { SERVICE_TYPE_NAMES } from '../service-types.ts';
import { serviceProperties } from './service.ts';
import { expressionSchema, stepProperties } from './step-parts.ts';
import { workStepSchema } from './work-step.ts';
import {
  approveStepSchema,
  forEachStepSchema,
  ifStepSchema,
  runServiceStepSchema,
  waitStepSchema,
} from './workflow-steps.ts';

/** Keys of services that say something about one piece of work, and of which a workflow has many. */
const OF_STEPS = [
  'timeout',
  'credential',
  'retries',
  'convert',
  'textfsm',
  'validate',
  'forEach',
  'bundle',
  'repository',
  'workingDirectory',
  'secrets',
  'source',
] as const;

/** The keys of all services that a workflow has as well. */
const commonProperties: Readonly<Record<string, SchemaObject>> = Object.fromEntries(
  Object.entries(serviceProperties).filter(([key]) => !(OF_STEPS as readonly string[]).includes(key)),
);

const ownProperties = {
  steps: {
    type: 'array',
    minItems: 1,
    maxItems: WORKFLOW_STEPS_MAX,
    items: { $ref: 'WorkflowStep' },
    description: 'The steps; it begins with the first one.',
  },
  result: expressionSchema('An expression for the result; what each step gave, by its id, when absent.'),
} as const satisfies Record<string, SchemaObject>;

/** The keys that a workflow may have. */
export const WORKFLOW_KEYS: readonly string[] = [...Object.keys(commonProperties), ...Object.keys(ownProperties)];

/** A service whose steps form a graph. */
export function workflowServiceSchema(unsupported: readonly string[]): SchemaObject {
  return {
    title: WORKFLOW_TYPE,
    type: 'object',
    description: 'A service whose steps form a graph.',
    properties: {
      ...commonProperties,
      ...ownProperties,
      type: { const: WORKFLOW_TYPE, description: 'What kind of work it is.' },
    },
    required: ['name', 'type', 'steps'],
    additionalProperties: false,
    allOf: [{ not: { required: ['inputs', 'decorator'] } }],
    'x-unsupported': unsupported,
    'x-refused': { ...Object.fromEntries(OF_STEPS.map((key) => [key, OF_A_STEP])), ...OF_OTHERS },
  };
}

const OF_A_STEP = 'belongs to a step of the workflow';
const OF_OTHERS = {
  timeout: `${OF_A_STEP}; the time of the whole is that of its run`,
  forEach: `${OF_A_STEP}: one of the type \`for-each\``,
};

/** `ssh-command` → `SshCommandStep`: the name of its schema in the registry. */
function stepSchemaName(type: string): string {
  const words = type.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join('')}Step`;
}

/** The steps that are no work of a service type. */
const CONTROL_STEPS: Readonly<Record<string, SchemaObject>> = {
  'run-service': runServiceStepSchema,
  approve: approveStepSchema,
  wait: waitStepSchema,
  if: ifStepSchema,
  'for-each': forEachStepSchema,
};
const REPEATABLE = ['run-service', 'approve', 'wait'];

/** A step of one of these types: its `type` says which keys it has. */
function unionOf(types: readonly string[], schema: SchemaObject): SchemaObject {
  return {
    type: 'object',
    ...schema,
    properties: { ...schema.properties, type: { enum: types, description: 'What kind of step it is.' } },
    discriminator: { propertyName: 'type' },
    oneOf: types.map((type) => ({ $ref: stepSchemaName(type) })),
  };
}

/** One schema for each type of step, and those that say which steps stand where. */
export function stepSchemas(form: 'api' | 'file'): Record<string, SchemaObject> {
  return {
    ...Object.fromEntries(SERVICE_TYPE_NAMES.map((type) => [stepSchemaName(type), workStepSchema(type, form)])),
    ...Object.fromEntries(Object.entries(CONTROL_STEPS).map(([type, schema]) => [stepSchemaName(type), schema])),
    WorkflowStep: unionOf([...Object.keys(CONTROL_STEPS), ...SERVICE_TYPE_NAMES], {
      description: 'A step of a workflow: work of any type of service, or one that says how it goes on.',
      properties: { id: stepProperties.id },
      required: ['id', 'type'],
    }),
    RepeatedStep: unionOf([...REPEATABLE, ...SERVICE_TYPE_NAMES], {
      description: 'The step of a `for-each`; its id is that of the `for-each` when it has none.',
      required: ['type'],
      // What follows, and what is kept, is a matter of the `for-each`.
      allOf: ['onSuccess', 'onFailure', 'result'].map((key) => ({ not: { required: [key] } })),
    }),
  };
}

/** The schema of a step that is no work of a service type; undefined for others. */
export function controlStepSchema(type: string): SchemaObject | undefined {
  return Object.hasOwn(CONTROL_STEPS, type) ? CONTROL_STEPS[type] : undefined;
}
