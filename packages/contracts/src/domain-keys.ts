import type { JsonValue } from '@runyard/domain';
import { formatDuration, isDurationSchema, parseDuration } from './durations.ts';
import type { Schema, SchemaLookup } from './json-schema.ts';
import { type KeyMapping, mapBySchema } from './schema-walk.ts';

function domainKey(key: string, schema: Schema): string {
  if (typeof schema === 'boolean' || !isDurationSchema(schema)) return key;
  return schema['x-domainKey'] ?? `${key}Ms`;
}

const TO_DOMAIN: KeyMapping = {
  declared: (key, properties) => (properties.has(key) ? key : undefined),
  key: domainKey,
  leaf: (value, schema) => (isDurationSchema(schema) ? (parseDuration(value) ?? value) : value),
};

const FROM_DOMAIN: KeyMapping = {
  declared: (key, properties) => {
    for (const [declared, schema] of properties) if (domainKey(declared, schema) === key) return declared;
    return undefined;
  },
  key: (declared) => declared,
  leaf: (value, schema) => (isDurationSchema(schema) && typeof value === 'number' ? formatDuration(value) : value),
};

/** `timeout: "30s"` becomes `timeoutMs: 30000`, wherever the schema declares a duration. */
export function toDomainKeys(schema: Schema, value: JsonValue, lookup: SchemaLookup): JsonValue {
  return mapBySchema(schema, value, TO_DOMAIN, lookup);
}

/** `timeoutMs: 30000` becomes `timeout: "30s"`, wherever the schema declares a duration. */
export function fromDomainKeys(schema: Schema, value: JsonValue, lookup: SchemaLookup): JsonValue {
  return mapBySchema(schema, value, FROM_DOMAIN, lookup);
}
