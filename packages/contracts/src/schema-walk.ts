import { isJsonObject, type JsonObject, type JsonValue } from '@runyard/domain';
import type { Schema, SchemaLookup, SchemaObject } from './json-schema.ts';

type Properties = ReadonlyMap<string, Schema>;

/** How one mapping names the keys that a schema declares. Keys that it does not declare are never touched. */
export interface KeyMapping {
  /** The declared key behind the key of a value; undefined when it is none. */
  readonly declared: (key: string, properties: Properties) => string | undefined;
  /** The key in the result. */
  readonly key: (declared: string, schema: Schema) => string;
  /** The value in the result, for values without parts. */
  readonly leaf?: (value: JsonValue, schema: SchemaObject) => JsonValue;
}

const DEPTH_MAX = 100;

/** A copy of the value in which declared keys are mapped, at each depth that the schema reaches. */
export function mapBySchema(
  schema: Schema,
  value: JsonValue,
  mapping: KeyMapping,
  lookup: SchemaLookup,
  depth = 0,
): JsonValue {
  // A value deeper than any contract is user data.
  if (depth > DEPTH_MAX) return value;
  const below = (part: Schema, child: JsonValue) => mapBySchema(part, child, mapping, lookup, depth + 1);
  const parts = partsFor(schema, value, lookup);
  if (Array.isArray(value)) {
    const items = parts.find((part) => part.items !== undefined)?.items;
    return items === undefined ? value : value.map((item) => below(items, item));
  }
  if (isJsonObject(value)) return mapObject(parts, value, mapping, below);
  const described = parts.find((part) => part.format !== undefined);
  return described && mapping.leaf ? mapping.leaf(value, described) : value;
}

function mapObject(
  parts: readonly SchemaObject[],
  value: JsonObject,
  mapping: KeyMapping,
  below: (part: Schema, child: JsonValue) => JsonValue,
): JsonObject {
  const properties = declaredProperties(parts);
  const others = parts.map((part) => part.additionalProperties).find((part) => typeof part === 'object');
  const entries: [string, JsonValue][] = [];
  for (const [key, child] of Object.entries(value)) {
    if (child === undefined) continue;
    const declared = mapping.declared(key, properties);
    const part = declared === undefined ? undefined : properties.get(declared);
    if (declared === undefined || part === undefined) entries.push([key, others ? below(others, child) : child]);
    else entries.push([mapping.key(declared, part), below(part, child)]);
  }
  return Object.fromEntries(entries);
}

/** The keys that the schemas which speak about an object declare; the first one that does counts. */
export function declaredProperties(parts: readonly SchemaObject[]): Properties {
  const properties = new Map<string, Schema>();
  for (const part of parts) {
    for (const [key, schema] of Object.entries(part.properties ?? {})) {
      if (!properties.has(key)) properties.set(key, schema);
    }
  }
  return properties;
}

/** The schemas that speak about this value: itself, behind references, and the branches that fit. */
export function partsFor(schema: Schema, value: JsonValue, lookup: SchemaLookup): SchemaObject[] {
  const parts: SchemaObject[] = [];
  const open: Schema[] = [schema];
  const seen = new Set<Schema>();
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    if (typeof part === 'boolean' || seen.has(part)) continue;
    seen.add(part);
    parts.push(part);
    const referred = part.$ref === undefined ? undefined : lookup(part.$ref);
    const branch = chosenBranch(part, value, lookup);
    const next = [referred, ...(part.allOf ?? []), ...(branch ?? [...(part.oneOf ?? []), ...(part.anyOf ?? [])])];
    for (const other of [...next, part.then, part.else].reverse()) if (other !== undefined) open.push(other);
  }
  return parts;
}

/** With a discriminator only the branch that the value names counts. */
function chosenBranch(part: SchemaObject, value: JsonValue, lookup: SchemaLookup) {
  const key = part.discriminator?.propertyName;
  if (key === undefined || !isJsonObject(value)) return undefined;
  return part.oneOf?.filter((branch) => {
    if (typeof branch === 'boolean') return false;
    const target = branch.$ref === undefined ? branch : lookup(branch.$ref);
    const tag = target?.properties?.[key];
    return typeof tag === 'object' && tag.const === value[key];
  });
}
