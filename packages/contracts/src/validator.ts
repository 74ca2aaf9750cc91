import { AppError, type ErrorCode, type FieldError, isPermission } from '@runyard/domain';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { isCron } from './cron-times.ts';
import { parseDuration } from './durations.ts';
import { fieldErrors } from './field-errors.ts';
import type { SchemaObject } from './json-schema.ts';
import { isTimeZone } from './time-zones.ts';
import { FILE_SCHEMAS, type Form, type SchemaName, SCHEMAS } from './schemas.ts';

/** Checks values against the schemas of the contracts. */
export interface Validator {
  /** Every wrong place, with paths in the form in which the value is written; empty when it is valid. */
  check(name: SchemaName, value: unknown, form?: Form): FieldError[];
  /** The keys that the schema does not know, with the paths at which they stand. */
  unknownKeys(name: SchemaName, value: unknown, form?: Form): FieldError[];
  /** Throws BODY_INVALID, or the given code, with every wrong place. */
  assert(name: SchemaName, value: unknown, code?: ErrorCode): void;
}

/** Parts of a value up to which all errors are collected; a larger one gets its first error only. */
const PARTS_MAX = 20_000;

const UNKNOWN_KEY = new Set(['additionalProperties', 'unevaluatedProperties']);

/** Compiles each schema when it is first used, and once. */
export function createValidator(): Validator {
  const compiled = new Map<string, ValidateFunction>();
  const engines = new Map<string, Ajv2020>();
  const validateFunction = (name: SchemaName, form: Form, allErrors: boolean): ValidateFunction => {
    const key = `${form} ${name} ${String(allErrors)}`;
    const known = compiled.get(key);
    if (known) return known;
    const engineKey = `${form} ${String(allErrors)}`;
    const engine = engines.get(engineKey) ?? createEngine(form === 'api' ? SCHEMAS : FILE_SCHEMAS, allErrors);
    engines.set(engineKey, engine);
    const validate = engine.getSchema(name);
    if (!validate) throw new Error(`no schema has the name ${name}`);
    compiled.set(key, validate);
    return validate;
  };
  const check = (name: SchemaName, value: unknown, form: Form = 'api'): FieldError[] => {
    // Nearly every value is valid: finding that out stops at the first error and builds no texts.
    const first = validateFunction(name, form, false);
    if (first(value)) return [];
    // Read before anything else runs: Ajv keeps the errors on the function.
    const errors: readonly ErrorObject[] = first.errors ?? [];
    if (hasMoreParts(value, PARTS_MAX)) return fieldErrors(errors);
    const all = validateFunction(name, form, true);
    all(value);
    return fieldErrors(all.errors ?? errors);
  };
  return {
    check,
    unknownKeys(name, value, form = 'api') {
      if (validateFunction(name, form, false)(value)) return [];
      const all = validateFunction(name, form, true);
      all(value);
      return fieldErrors((all.errors ?? []).filter(({ keyword }) => UNKNOWN_KEY.has(keyword)));
    },
    assert(name, value, code = 'BODY_INVALID') {
      const errors = check(name, value);
      if (errors.length > 0) throw invalid(code, errors);
    },
  };
}

/** The error for a body or a file: its text is the first mistake, `errors` has all. */
export function invalid(code: ErrorCode, errors: readonly FieldError[]): AppError {
  const [first] = errors;
  const place = first === undefined || first.path === '' ? '' : `${first.path} `;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new AppError(code, `${place}${first?.message ?? 'is not valid'}${more}`, { errors });
}

function createEngine(schemas: Readonly<Record<string, SchemaObject>>, allErrors: boolean): Ajv2020 {
  const engine = new Ajv2020({
    allErrors,
    verbose: true,
    strict: false,
    validateSchema: false,
    discriminator: true,
    // Each schema is compiled once, not again wherever it is referred to: steps are in several others.
    inlineRefs: false,
    // Objects without prototype tricks: a key such as `constructor` is an ordinary unknown key.
    ownProperties: true,
    logger: false,
  });
  addFormats.default(engine);
  engine.addFormat('duration', { type: 'string', validate: (text: string) => parseDuration(text) !== null });
  engine.addFormat('cron', { type: 'string', validate: isCron });
  engine.addFormat('time-zone', { type: 'string', validate: isTimeZone });
  engine.addFormat('permission', { type: 'string', validate: isPermission });
  engine.addFormat('regex', { type: 'string', validate: isRegExp });
  addDurationBound(engine, 'x-minimumMs', (ms, limit) => ms >= limit);
  addDurationBound(engine, 'x-maximumMs', (ms, limit) => ms <= limit);
  for (const [name, schema] of Object.entries(schemas)) engine.addSchema(schema, name);
  return engine;
}

function addDurationBound(engine: Ajv2020, keyword: string, holds: (ms: number, limit: number) => boolean): void {
  engine.addKeyword({
    keyword,
    schemaType: 'number',
    type: ['string', 'number'],
    error: { message: 'is out of bounds', params: ({ schema }) => ({ limit: schema as number }) as never },
    validate: (limit: number, duration: unknown) => {
      const ms = parseDuration(duration);
      // What is no duration at all is the business of the format; a negative number is below every bound.
      if (ms === null) return typeof duration === 'string' || keyword === 'x-maximumMs';
      return holds(ms, limit);
    },
  });
}

function isRegExp(text: string): boolean {
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    return false;
  }
}

/** True when the value has more parts than this, found without walking all of them. */
function hasMoreParts(value: unknown, limit: number): boolean {
  let parts = 0;
  const open: unknown[] = [value];
  while (open.length > 0) {
    const part = open.pop();
    parts += 1;
    if (parts + open.length > limit) return true;
    if (typeof part !== 'object' || part === null) continue;
    const children: unknown[] = Array.isArray(part) ? part : Object.values(part);
    if (parts + open.length + children.length > limit) return true;
    open.push(...children);
  }
  return false;
}
