import type { Endpoint, EndpointParameter, FieldError, JsonObject, JsonValue, ParameterType } from '@runyard/domain';
import { closest } from './closest.ts';
import { boundErrors, pointerPart } from './field-errors.ts';

interface ReadParameters {
  readonly params: JsonObject;
  /** One for each wrong parameter, at `/<name>`; with any of them the params are not to be used. */
  readonly errors: readonly FieldError[];
}

const WHOLE_NUMBER = /^-?\d{1,16}$/;
const NUMBER = /^-?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,3})?$/;
const VALUES_SHOWN_MAX = 20;

/**
 * Reads what was given for the parameters of an endpoint: texts become what the parameter is, values that are of its
 * type already stay, defaults are filled in. Only declared parameters are taken.
 */
export function readParameters(endpoint: Endpoint, given: Readonly<Record<string, JsonValue>>): ReadParameters {
  const declared = new Map(endpoint.parameters.map((parameter) => [parameter.name, parameter]));
  const errors: FieldError[] = [];
  for (const name of Object.keys(given)) {
    if (!declared.has(name)) errors.push(fieldError(name, unknownText(endpoint.name, name, [...declared.keys()])));
  }
  const params: [string, JsonValue][] = [];
  for (const [name, parameter] of declared) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined) {
      if (parameter.default !== undefined) params.push([name, parameter.default]);
      else if (parameter.required) errors.push(fieldError(name, 'is required'));
      continue;
    }
    const read = valueOfType(parameter.type, value);
    const problem = read === undefined ? `must be ${EXPECTED[parameter.type]}` : parameterProblem(parameter, read);
    if (problem === null) params.push([name, read as JsonValue]);
    else errors.push(fieldError(name, problem));
  }
  return { params: Object.fromEntries(params), errors: boundErrors(errors) };
}

/** What keeps a value from being one of this parameter, as it is; null when nothing does. */
export function parameterProblem({ type, enum: values }: EndpointParameter, value: JsonValue): string | null {
  if (!FITS[type](value)) return `must be ${EXPECTED[type]}`;
  if (!values || values.includes(value)) return null;
  const shown = values.slice(0, VALUES_SHOWN_MAX).map((one) => JSON.stringify(one));
  return `must be one of ${shown.join(', ')}${values.length > shown.length ? ', …' : ''}`;
}

const EXPECTED: Readonly<Record<ParameterType, string>> = {
  string: 'a text',
  integer: 'a whole number such as 7',
  number: 'a number such as 7 or 0.5',
  boolean: 'true or false',
};

const FITS: Readonly<Record<ParameterType, (value: JsonValue) => boolean>> = {
  string: (value) => typeof value === 'string',
  // A larger one would not be the number that the caller meant.
  integer: (value) => Number.isSafeInteger(value),
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  boolean: (value) => typeof value === 'boolean',
};

/** The value as one of this type; undefined when it is none. */
function valueOfType(type: ParameterType, value: JsonValue): JsonValue | undefined {
  const read = typeof value === 'string' ? ofText(type, value) : value;
  return read !== undefined && FITS[type](read) ? read : undefined;
}

function ofText(type: ParameterType, text: string): JsonValue | undefined {
  switch (type) {
    case 'string':
      return text;
    case 'integer':
      return WHOLE_NUMBER.test(text) ? Number(text) : undefined;
    case 'number':
      return NUMBER.test(text) ? Number(text) : undefined;
    case 'boolean':
      return text === 'true' || text === 'false' ? text === 'true' : undefined;
  }
}

function fieldError(name: string, message: string): FieldError {
  return { path: `/${pointerPart(name)}`, message };
}

function unknownText(endpoint: string, name: string, known: readonly string[]): string {
  if (known.length === 0) return `is no parameter of the endpoint '${endpoint}', which has none`;
  const meant = closest(name, known);
  const hint =
    meant === undefined ? `it knows ${known.slice(0, VALUES_SHOWN_MAX).join(', ')}` : `did you mean ${meant}?`;
  return `is no parameter of the endpoint '${endpoint}': ${hint}`;
}
