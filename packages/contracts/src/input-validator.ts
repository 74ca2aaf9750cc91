import type { FieldError, InputValidator, JsonObject, JsonSchema } from '@runyard/domain';
import { Ajv, type ErrorObject, MissingRefError, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { workWithin } from './bounded-work.ts';
import { boundErrors, fieldErrors } from './field-errors.ts';
import { isOldDraft, normaliseSchema } from './input-schema.ts';
import { costOf, isQuick, type SchemaCost } from './schema-cost.ts';
import { readParameters } from './read-parameters.ts';

/** Characters of the largest schema of inputs. */
export const INPUTS_LENGTH_MAX = 256 * 1024;

const COMPILED_MAX = 500;
const DEPTH_MAX = 64;
/** The author of a schema must not be able to stop a gateway. */
const COMPILE_MS_MAX = 5_000;
const CHECK_MS_MAX = 500;

export interface InputSchemas extends InputValidator {
  /** Why the schema cannot be used, for the author; null when it can. */
  problem(schema: JsonSchema): string | null;
}

interface Usable {
  readonly validate: ValidateFunction;
  readonly cost: SchemaCost;
}

type Compiled = Usable | { readonly problem: string };

/**
 * Checks params by the schemas that authors of services wrote, whatever their draft. Each is compiled by itself, so
 * that two may have the same `$id`; the ones used last are kept.
 */
export function createInputValidator(): InputSchemas {
  const byObject = new WeakMap<JsonSchema, Compiled>();
  const byContent = new Map<string, Compiled>();
  const compiled = (schema: JsonSchema): Compiled => {
    // The catalog holds each service once, so that most calls need not write the schema out.
    const known = byObject.get(schema);
    if (known) return known;
    const content = contentOf(schema);
    const found = (content === null ? undefined : byContent.get(content)) ?? compile(schema, content);
    byObject.set(schema, found);
    if (content === null) return found;
    byContent.delete(content);
    byContent.set(content, found);
    const [oldest] = byContent.keys();
    if (byContent.size > COMPILED_MAX && oldest !== undefined) byContent.delete(oldest);
    return found;
  };
  return {
    validate(schema, params) {
      const found = compiled(schema);
      if ('problem' in found)
        return { params, errors: [{ path: '', message: `the inputs of the service ${found.problem}` }] };
      return validate(found, params);
    },
    parameters: readParameters,
    problem(schema) {
      const found = compiled(schema);
      return 'problem' in found ? found.problem : null;
    },
  };
}

function validate(
  { validate: check, cost }: Usable,
  params: JsonObject,
): { params: JsonObject; errors: readonly FieldError[] } {
  // Ajv writes defaults into what it checks.
  const copy = structuredClone(params);
  try {
    const checked = isQuick(cost, params) ? { result: check(copy) } : workWithin(CHECK_MS_MAX, () => check(copy));
    if ('timedOut' in checked) return { params, errors: [{ path: '', message: TOO_SLOW }] };
    if (checked.result === true) return { params: copy, errors: [] };
  } catch (error) {
    // A schema may refer to itself without end.
    return { params, errors: [{ path: '', message: `could not be checked: ${reason(error)}` }] };
  }
  return { params, errors: boundErrors(fieldErrors(readErrors(check))) };
}

const TOO_SLOW = `could not be checked in ${CHECK_MS_MAX} ms; a pattern or reference of the inputs takes too long`;

function readErrors(check: ValidateFunction): readonly ErrorObject[] {
  return check.errors ?? [];
}

function contentOf(schema: JsonSchema): string | null {
  try {
    return JSON.stringify(schema);
  } catch {
    return null;
  }
}

function compile(schema: JsonSchema, content: string | null): Compiled {
  if (content === null || isDeeper(schema, DEPTH_MAX)) return { problem: `are nested deeper than ${DEPTH_MAX} levels` };
  if (content.length > INPUTS_LENGTH_MAX) return { problem: `are larger than ${INPUTS_LENGTH_MAX / 1024} KiB` };
  let first: unknown;
  // Patterns are meant with the flag `u`, and many are only right without it. The same `$id` may be there twice.
  for (const unicodeRegExp of [true, false]) {
    for (const keepIds of [true, false]) {
      try {
        const compiled = workWithin(COMPILE_MS_MAX, () => compileOnce(schema, unicodeRegExp, keepIds));
        if ('timedOut' in compiled) return { problem: `take longer than ${COMPILE_MS_MAX / 1_000} s to read` };
        return { validate: compiled.result, cost: costOf(schema) };
      } catch (error) {
        first ??= error;
      }
    }
  }
  return { problem: problemOf(first) };
}

function compileOnce(schema: JsonSchema, unicodeRegExp: boolean, keepIds: boolean): ValidateFunction {
  const options: Options = {
    allErrors: true,
    verbose: true,
    strict: false,
    useDefaults: true,
    unicodeRegExp,
    validateSchema: false,
    ownProperties: true,
    logger: false,
  };
  const ajv = isOldDraft(schema) ? new Ajv(options) : new Ajv2020(options);
  addFormats.default(ajv);
  return ajv.compile(normaliseSchema(schema, { keepIds }));
}

function problemOf(error: unknown): string {
  if (error instanceof MissingRefError) {
    const target = error.missingRef;
    return /^[a-z][a-z0-9+.-]*:\/\//i.test(target)
      ? `refer to ${target}: schemas outside of the service are not fetched; put it under $defs`
      : `refer to ${target}, which is not in them`;
  }
  return `are no usable JSON Schema: ${reason(error)}`;
}

function reason(error: unknown): string {
  if (error instanceof RangeError) return 'it has no end';
  const text = error instanceof Error ? error.message : String(error);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((child) => isDeeper(child, depth - 1));
}
