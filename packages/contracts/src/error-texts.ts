import type { ErrorObject } from 'ajv';
import { closest } from './closest.ts';
import { DURATION_EXPECTED, formatDuration } from './durations.ts';
import type { SchemaObject } from './json-schema.ts';
import { meantTimeZone } from './time-zones.ts';

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  null: 'null',
};
const LISTED_MAX = 30;
const SHOWN_LENGTH_MAX = 60;

type Params = Readonly<Record<string, unknown>>;
type Text = (error: ErrorObject, schema: SchemaObject) => string;

const quoted = (word: unknown) => `\`${String(word)}\``;
const times = (count: unknown, one: string, many: string) => `${String(count)} ${count === 1 ? one : many}`;

function anyOf(words: readonly string[]): string {
  const shown = words.slice(0, LISTED_MAX);
  const last = words.length > LISTED_MAX ? '…' : shown.pop();
  return shown.length === 0 ? String(last) : `${shown.join(', ')} or ${String(last)}`;
}

function expectedTypes(type: unknown): string {
  const types = (Array.isArray(type) ? type : String(type).split(',')) as string[];
  return anyOf(types.map((name) => TYPE_WORDS[name] ?? name));
}

/** What a value is, in the words of the texts. */
function typeWord(value: unknown): string {
  if (value === null) return 'empty (null)';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'boolean') return String(value);
  return TYPE_WORDS[typeof value] ?? typeof value;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text;
}

/** The text for a value out of a closed list: what may stand there, and what was probably meant. */
function notOneOf(value: unknown, allowed: readonly unknown[]): string {
  const words = allowed.map((one) => (typeof one === 'string' ? one : shown(one)));
  const meant = typeof value === 'string' ? closest(value, words) : undefined;
  const list = `must be ${words.length > 1 ? `one of ${words.slice(0, LISTED_MAX).join(', ')}` : (words[0] ?? '')}`;
  const scalar = typeof value === 'object' ? typeWord(value) : shown(value);
  return `${list}, not ${scalar}${meant === undefined ? '' : `; did you mean ${quoted(meant)}?`}`;
}

function unknownKeyOf(error: ErrorObject): string {
  const { additionalProperty, unevaluatedProperty } = error.params as Params;
  return String(additionalProperty ?? unevaluatedProperty);
}

/** The key that was probably meant by an unknown one. */
export function meantKey(error: ErrorObject): string | undefined {
  if (error.keyword !== 'additionalProperties' && error.keyword !== 'unevaluatedProperties') return undefined;
  const schema = (error.parentSchema ?? {}) as SchemaObject;
  return closest(unknownKeyOf(error), Object.keys(schema.properties ?? {}));
}

function unknownKey(error: ErrorObject, schema: SchemaObject): string {
  const key = unknownKeyOf(error);
  if (schema['x-unsupported']?.includes(key)) return `${quoted(key)} is not supported by this version`;
  const refused = schema['x-refused'];
  if (refused && Object.hasOwn(refused, key)) return `${quoted(key)} ${refused[key] ?? ''}`;
  const known = Object.keys(schema.properties ?? {});
  const meant = meantKey(error);
  if (meant !== undefined) return `unknown key ${quoted(shortKey(key))}; did you mean ${quoted(meant)}?`;
  if (known.length === 0) return `unknown key ${quoted(shortKey(key))}; there are none here`;
  const list = known.slice(0, LISTED_MAX).join(', ');
  return `unknown key ${quoted(shortKey(key))}; known are ${list}${known.length > LISTED_MAX ? ' …' : ''}`;
}

function shortKey(key: string): string {
  return key.length > SHOWN_LENGTH_MAX ? `${key.slice(0, SHOWN_LENGTH_MAX)}…` : key;
}

/** The keys of branches that only say which keys must be there; null when a branch says anything else. */
function requiredKeys(branches: readonly unknown[] | undefined): string[] | null {
  const keys: string[] = [];
  for (const branch of branches ?? []) {
    const { required, ...others } = branch as SchemaObject;
    const [key] = required ?? [];
    if (key === undefined || required?.length !== 1 || Object.keys(others).length > 0) return null;
    keys.push(key);
  }
  return keys;
}

function branchTypes(branches: readonly unknown[] | undefined): string {
  const types = (branches ?? []).flatMap((branch) => (branch as SchemaObject).type ?? []);
  return types.length > 0
    ? `must be ${expectedTypes([...new Set(types)])} of the right form`
    : 'fits none of the allowed forms';
}

function choice(error: ErrorObject, schema: SchemaObject): string {
  const branches = error.keyword === 'oneOf' ? schema.oneOf : schema.anyOf;
  const keys = requiredKeys(branches);
  if (!keys) return branchTypes(branches);
  const amount = error.keyword === 'oneOf' ? 'exactly one of' : 'at least one of';
  return `must have ${amount} ${anyOf(keys.map(quoted))}`;
}

function negation(_: ErrorObject, schema: SchemaObject): string {
  const required = typeof schema.not === 'object' ? schema.not.required : undefined;
  if (!required) return 'is not allowed to be like this';
  return `must not have ${required.map(quoted).join(' and ')}${required.length > 1 ? ' together' : ''}`;
}

function bound(error: ErrorObject): string {
  const { comparison, limit } = error.params as { comparison: string; limit: number };
  const words: Record<string, string> = { '<=': 'at most', '>=': 'at least', '<': 'less than', '>': 'more than' };
  return `must be ${words[comparison] ?? comparison} ${limit}, not ${shown(error.data)}`;
}

function format(error: ErrorObject): string {
  const name = String((error.params as Params)['format']);
  if (name === 'duration') return `must be ${DURATION_EXPECTED}`;
  if (name === 'regex') return 'must be a regular expression of JavaScript';
  return `must be in the format ${name}`;
}

function missing(error: ErrorObject): string {
  const params = error.params as Params;
  const because = error.keyword === 'dependentRequired' || error.keyword === 'dependencies';
  return because ? `is required beside ${quoted(params['property'])}` : 'is required';
}

const limitOf = (error: ErrorObject) => (error.params as Params)['limit'];

const TEXTS: Readonly<Record<string, Text>> = {
  additionalProperties: unknownKey,
  unevaluatedProperties: unknownKey,
  required: missing,
  dependentRequired: missing,
  dependencies: missing,
  type: (error) => `must be ${expectedTypes((error.params as Params)['type'])}, not ${typeWord(error.data)}`,
  enum: (error) => notOneOf(error.data, (error.params as { allowedValues: unknown[] }).allowedValues),
  const: (error) => `must be ${shown((error.params as Params)['allowedValue'])}`,
  minimum: bound,
  maximum: bound,
  exclusiveMinimum: bound,
  exclusiveMaximum: bound,
  multipleOf: (error) => `must be a multiple of ${String((error.params as Params)['multipleOf'])}`,
  minLength: (error) =>
    limitOf(error) === 1 ? 'must not be empty' : `must have at least ${String(limitOf(error))} characters`,
  maxLength: (error) => `must have at most ${times(limitOf(error), 'character', 'characters')}`,
  minItems: (error) => `must have at least ${times(limitOf(error), 'item', 'items')}`,
  maxItems: (error) => `must have at most ${times(limitOf(error), 'item', 'items')}`,
  uniqueItems: () => 'must not have the same item twice',
  minProperties: (error) => `must have at least ${times(limitOf(error), 'key', 'keys')}`,
  maxProperties: (error) => `must have at most ${times(limitOf(error), 'key', 'keys')}`,
  pattern: (error) => `must match the pattern ${shownPattern((error.params as Params)['pattern'])}`,
  format,
  'x-minimumMs': (error) => `must be at least ${formatDuration(Number(limitOf(error)))}`,
  'x-maximumMs': (error) => `must be at most ${formatDuration(Number(limitOf(error)))}`,
  oneOf: choice,
  anyOf: choice,
  not: negation,
  contains: () => 'must have an item of the right form',
  propertyNames: (_, schema) => {
    const expects = typeof schema.propertyNames === 'object' ? schema.propertyNames['x-expects'] : undefined;
    return expects === undefined ? 'is not allowed as a key' : `the key must be ${expects}`;
  },
  'false schema': () => 'must not be given here',
};

function shownPattern(pattern: unknown): string {
  const text = String(pattern);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function timeZoneHint(value: unknown, schema: SchemaObject): string {
  const branches = [schema, ...((schema.anyOf ?? []) as readonly SchemaObject[])];
  if (typeof value !== 'string' || !branches.some(({ format: name }) => name === 'time-zone')) return '';
  const meant = meantTimeZone(value);
  return meant === undefined ? '' : `; did you mean ${quoted(meant)}?`;
}

const FORM_KEYWORDS = new Set(['pattern', 'format', 'minLength', 'maxLength', 'oneOf', 'anyOf', 'type']);

/** What is wrong and what would be right, for one error of Ajv (with `verbose`). Secrets are never repeated in it. */
export function errorText(error: ErrorObject): string {
  const schema = (error.parentSchema ?? {}) as SchemaObject;
  const expects = schema['x-expects'];
  if (expects !== undefined && FORM_KEYWORDS.has(error.keyword)) {
    if (error.keyword === 'type') return `must be ${expects}, not ${typeWord(error.data)}`;
    return `must be ${expects}${timeZoneHint(error.data, schema)}`;
  }
  return TEXTS[error.keyword]?.(error, schema) ?? `is not valid: ${error.message ?? error.keyword}`;
}
