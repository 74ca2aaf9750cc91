import type { JsonValue } from '@runyard/domain';
import type { Schema, SchemaLookup, SchemaObject } from './json-schema.ts';
import { rewriteSchema } from './schema-rewrite.ts';
import { type KeyMapping, mapBySchema } from './schema-walk.ts';

/** `runMethod` → `run-method`. */
export function toKebabKey(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `run-method` → `runMethod`. */
export function fromKebabKey(key: string): string {
  return key.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

const TO_KEBAB: KeyMapping = {
  declared: (key, properties) => (properties.has(key) ? key : undefined),
  key: toKebabKey,
};

const FROM_KEBAB: KeyMapping = {
  declared: (key, properties) => {
    const declared = fromKebabKey(key);
    // `runMethod` in a file is not the key `run-method`: it stays as it is.
    return properties.has(declared) && toKebabKey(declared) === key ? declared : undefined;
  },
  key: (declared) => declared,
};

/** The value with the keys that its schema declares in kebab-case, as catalog files have them. User data stays. */
export function toKebab(schema: Schema, value: JsonValue, lookup: SchemaLookup): JsonValue {
  return mapBySchema(schema, value, TO_KEBAB, lookup);
}

/** The value with the keys that its (camelCase) schema declares in camelCase, as the API has them. User data stays. */
export function fromKebab(schema: Schema, value: JsonValue, lookup: SchemaLookup): JsonValue {
  return mapBySchema(schema, value, FROM_KEBAB, lookup);
}

/** The schema of the same thing with its keys in kebab-case, so that errors speak of what the author wrote. */
export function kebabSchema(schema: SchemaObject): SchemaObject {
  return rewriteSchema(schema, { key: toKebabKey }) as SchemaObject;
}
