import { AppError, type FieldError, type JsonValue } from '@runyard/domain';
import type { SchemaObject } from '@runyard/contracts';
import type { Request } from 'express';
import type { QueryParameter } from '../route.ts';
import type { Check } from './check.ts';

export type Query = Readonly<Record<string, JsonValue>>;
export type ReadQuery = (request: Request) => Query;

const NONE: Query = Object.freeze({});
const TEXT_LENGTH_MAX = 2_000;

/**
 * Reads the query parameters of a route: each at most once, none that it does not know, each of the type of its
 * schema. Throws PARAMETER_INVALID with every wrong one.
 */
export function createReadQuery(
  parameters: Readonly<Record<string, QueryParameter>>,
  compile: (schema: SchemaObject) => Check,
): ReadQuery {
  const schemas = Object.entries(parameters).map(([name, { schema }]) => [name, schema] as const);
  const properties = new Map(schemas);
  const check = compile({ type: 'object', properties: Object.fromEntries(schemas) });
  return (request) => {
    if (!request.url.includes('?')) return NONE;
    const values: Record<string, JsonValue> = {};
    const errors: FieldError[] = [];
    for (const [name, text] of readTexts(request, errors)) {
      const schema = properties.get(name);
      if (schema) values[name] = coerce(text, schema);
      else
        errors.push({
          path: `/${name}`,
          message: `is no parameter of this address${knownNames([...properties.keys()])}`,
        });
    }
    errors.push(...check(values));
    if (errors.length > 0) throw invalid(errors);
    return values;
  };
}

/** Reads any query parameters as texts, each at most once. Throws PARAMETER_INVALID. */
export function readAnyQuery(request: Request): Query {
  if (!request.url.includes('?')) return NONE;
  const errors: FieldError[] = [];
  const texts = readTexts(request, errors);
  if (errors.length > 0) throw invalid(errors);
  return Object.fromEntries(texts);
}

/** Reads any query parameters as texts, and passes over what cannot be one; of several the first counts. */
export function readLooseQuery(request: Request): Query {
  if (!request.url.includes('?')) return NONE;
  const values: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(request.query)) {
    const first: unknown = Array.isArray(value) ? value[0] : value;
    if (typeof first !== 'string' || name === '__proto__') continue;
    if (first.length <= TEXT_LENGTH_MAX && !first.includes('\0')) values[name.slice(0, 100)] = first;
  }
  return values;
}

function readTexts(request: Request, errors: FieldError[]): [string, string][] {
  const texts: [string, string][] = [];
  for (const [name, value] of Object.entries(request.query)) {
    const shown = name.slice(0, 100);
    if (typeof value !== 'string') errors.push({ path: `/${shown}`, message: 'is given more than once' });
    else if (value.length > TEXT_LENGTH_MAX) errors.push({ path: `/${shown}`, message: 'is too long' });
    else if (value.includes('\0')) errors.push({ path: `/${shown}`, message: 'holds the character NUL' });
    else texts.push([shown, value]);
  }
  return texts;
}

function coerce(text: string, { type }: SchemaObject): JsonValue {
  if ((type === 'integer' || type === 'number') && /^-?\d{1,15}(\.\d{1,15})?$/.test(text)) return Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

function knownNames(names: readonly string[]): string {
  return names.length === 0 ? ', which has none' : `: it knows ${names.join(', ')}`;
}

function invalid(errors: readonly FieldError[]): AppError {
  const [first] = errors;
  return new AppError('PARAMETER_INVALID', `The parameter ${first?.path.slice(1)} ${first?.message}.`, { errors });
}
