import { isJsonObject, type JsonObject, type JsonSchema, type JsonValue } from '@runyard/domain';

const SINGLE = [
  'items',
  'additionalItems',
  'unevaluatedItems',
  'contains',
  'additionalProperties',
  'unevaluatedProperties',
  'propertyNames',
  'not',
  'if',
  'then',
  'else',
  'contentSchema',
] as const;
const LISTS = ['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items'] as const;
const MAPS = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas', 'dependencies'] as const;
// What Ajv would act upon, and must not: a promise instead of an answer, an address nobody can fetch.
const DROPPED = ['$schema', '$async', '$vocabulary'] as const;

interface NormaliseOptions {
  /** False leaves out every `$id`, for schemas that use the same one twice. */
  readonly keepIds: boolean;
}

/**
 * A copy of an author's schema in which old and odd keywords are what Ajv understands: draft-04 `id` and boolean
 * exclusive bounds, draft-03 `required: true`, OpenAPI `nullable` without a type. Data (default, enum, const,
 * examples) stays as it is.
 */
export function normaliseSchema(schema: JsonSchema, options: NormaliseOptions): JsonSchema {
  const copy: JsonObject = { ...schema };
  for (const keyword of DROPPED) delete copy[keyword];
  normaliseIds(copy, options);
  normaliseBounds(copy);
  if (copy['nullable'] !== undefined && copy['type'] === undefined) delete copy['nullable'];
  if (copy['required'] !== undefined && !Array.isArray(copy['required'])) delete copy['required'];
  const below = (part: JsonValue) => (isJsonObject(part) ? normaliseSchema(part, options) : part);
  for (const keyword of SINGLE) if (isJsonObject(copy[keyword])) copy[keyword] = below(copy[keyword]);
  for (const keyword of LISTS) {
    const parts = copy[keyword];
    if (Array.isArray(parts)) copy[keyword] = parts.map(below);
  }
  for (const keyword of MAPS) {
    const parts = copy[keyword];
    if (isJsonObject(parts)) copy[keyword] = mapEntries(parts, below);
  }
  hoistRequired(schema, copy);
  return copy;
}

function mapEntries(record: JsonObject, map: (value: JsonValue) => JsonValue): JsonObject {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [key, value === undefined ? value : map(value)]),
  );
}

function normaliseIds(schema: JsonObject, { keepIds }: NormaliseOptions): void {
  const id = schema['$id'] ?? schema['id'];
  delete schema['id'];
  delete schema['$id'];
  if (keepIds && typeof id === 'string' && id !== '') schema['$id'] = id;
}

function normaliseBounds(schema: JsonObject): void {
  for (const [exclusive, plain] of [
    ['exclusiveMinimum', 'minimum'],
    ['exclusiveMaximum', 'maximum'],
  ] as const) {
    if (typeof schema[exclusive] !== 'boolean') continue;
    const isExclusive = schema[exclusive];
    delete schema[exclusive];
    const limit = schema[plain];
    if (!isExclusive || typeof limit !== 'number') continue;
    schema[exclusive] = limit;
    delete schema[plain];
  }
}

/** In draft-03 a property says itself that it is required. */
function hoistRequired(original: JsonSchema, copy: JsonObject): void {
  const properties = original['properties'];
  if (!isJsonObject(properties)) return;
  const named = Object.keys(properties).filter((key) => {
    const property = properties[key];
    return isJsonObject(property) && property['required'] === true;
  });
  if (named.length === 0) return;
  const listed = Array.isArray(copy['required']) ? copy['required'] : [];
  copy['required'] = [...new Set([...listed, ...named])];
}

/** True when the schema is written for draft-07 or older: by its `$schema`, else by a list under `items`. */
export function isOldDraft(schema: JsonSchema): boolean {
  const dialect = schema['$schema'];
  if (typeof dialect === 'string') {
    if (/draft-0[1-7]/.test(dialect)) return true;
    if (/20(19-09|20-12)/.test(dialect)) return false;
  }
  return hasTupleItems(schema);
}

function hasTupleItems(part: JsonValue | undefined): boolean {
  if (Array.isArray(part)) return part.some(hasTupleItems);
  if (!isJsonObject(part)) return false;
  return Array.isArray(part['items']) || Object.values(part).some(hasTupleItems);
}
