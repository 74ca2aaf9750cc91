import { WORKFLOW_STEPS_MAX } from '@runyard/domain';
import type { SchemaObject } from '../json-schema.ts';
import { descriptionSchema } from '../names.ts';

/** What stands for "no step" where steps that follow are named. */
export const NO_STEP = 'end';

/** Characters of the longest expression. */
const EXPRESSION_LENGTH_MAX = 10_000;
const VARS_MAX = 100;

/** Names that templates and expressions know already. */
const KNOWN_NAMES = ['params', 'payload', 'device', 'run', 'vars', 'steps', 'ctx'];

// Not what begins with two underscores: such names mean something to JavaScript.
const NAME = '[A-Za-z_][A-Za-z0-9_]{0,63}$';
const ID = '[A-Za-z_][A-Za-z0-9_-]{0,63}$';

const stepIdSchema = {
  type: 'string',
  pattern: `^(?!__|${NO_STEP}$)${ID}`,
  'x-expects':
    'an id of 1 to 64 letters, digits, underscores and hyphens that begins with a letter or one underscore, and is not `end`',
} as const satisfies SchemaObject;

/** Steps that follow. */
export function edgesSchema<Description extends string>(description: Description) {
  return {
    type: ['string', 'array'],
    pattern: `^(?!__)${ID}`,
    maxItems: WORKFLOW_STEPS_MAX,
    uniqueItems: true,
    items: stepIdSchema,
    'x-expects': 'the id of a step, a list of ids, or `end` for none',
    description,
  } as const satisfies SchemaObject;
}

export function expressionSchema<Description extends string>(description: Description) {
  return {
    type: 'string',
    minLength: 1,
    maxLength: EXPRESSION_LENGTH_MAX,
    'x-expression': true,
    description,
  } as const satisfies SchemaObject;
}

/** The name of a value in templates and expressions. */
export const valueNameSchema = {
  type: 'string',
  pattern: `^(?!__|(?:${KNOWN_NAMES.join('|')})$)${NAME}`,
  'x-expects': `a name of letters, digits and underscores, not starting with a digit, and none of ${KNOWN_NAMES.join(', ')}`,
} as const satisfies SchemaObject;

/** The keys of every step. */
export const stepProperties = {
  id: { ...stepIdSchema, description: 'Its name in the workflow, and the beginning of the edges to it.' },
  description: descriptionSchema,
} as const satisfies Record<string, SchemaObject>;

export const onSuccessSchema = edgesSchema(
  'What follows when it succeeded; the next step of the list when absent, nothing with `end`.',
);
export const onFailureSchema = edgesSchema('What follows when it failed; the workflow fails when absent.');

/** The keys of steps that give a result and may fail. */
export const resultStepProperties = {
  ...stepProperties,
  onSuccess: onSuccessSchema,
  onFailure: onFailureSchema,
  onError: {
    enum: ['fail', 'continue'],
    default: 'fail',
    description: 'continue: a failure counts as if it had succeeded.',
  },
  result: {
    type: 'object',
    maxProperties: VARS_MAX,
    propertyNames: {
      pattern: `^(?!__)${NAME}`,
      'x-expects': 'a name of letters, digits and underscores, not starting with a digit',
    },
    additionalProperties: expressionSchema('An expression over the result of the step.'),
    description: 'Names in `vars`, and the expressions that give their values; `$` is the result of the step.',
  },
} as const satisfies Record<string, SchemaObject>;
