import type { Schema, SchemaObject } from './json-schema.ts';

interface PropertyRewrite {
  /** The new name of a declared key. */
  readonly key: (key: string) => string;
  /** What stands at a declared key instead; called after the schema below it was rewritten. */
  readonly schema?: (schema: Schema, key: string) => Schema;
}

const SINGLE = ['items', 'additionalProperties', 'propertyNames', 'not', 'if', 'then', 'else'] as const;
const LISTS = ['allOf', 'anyOf', 'oneOf'] as const;

/** A copy of the schema in which every declared key has its new name, at each depth. What it allows is the same. */
export function rewriteSchema(schema: Schema, rewrite: PropertyRewrite): Schema {
  if (typeof schema === 'boolean') return schema;
  const copy: { -readonly [Keyword in keyof SchemaObject]: SchemaObject[Keyword] } = { ...schema };
  for (const keyword of SINGLE) {
    const part = schema[keyword];
    if (part !== undefined) copy[keyword] = rewriteSchema(part, rewrite);
  }
  for (const keyword of LISTS) {
    const parts = schema[keyword];
    if (parts !== undefined) copy[keyword] = parts.map((part) => rewriteSchema(part, rewrite));
  }
  if (schema.$defs) copy.$defs = mapValues(schema.$defs, (part) => rewriteSchema(part, rewrite));
  if (schema.properties) copy.properties = rewriteProperties(schema.properties, rewrite);
  if (schema.required) copy.required = schema.required.map(rewrite.key);
  if (schema.dependentRequired) {
    const entries = Object.entries(schema.dependentRequired);
    copy.dependentRequired = Object.fromEntries(
      entries.map(([key, others]) => [rewrite.key(key), others.map(rewrite.key)]),
    );
  }
  if (schema.discriminator) copy.discriminator = { propertyName: rewrite.key(schema.discriminator.propertyName) };
  if (schema['x-unsupported']) copy['x-unsupported'] = schema['x-unsupported'].map(rewrite.key);
  if (schema['x-refused']) {
    const entries = Object.entries(schema['x-refused']);
    copy['x-refused'] = Object.fromEntries(entries.map(([key, why]) => [rewrite.key(key), why]));
  }
  return copy;
}

function rewriteProperties(
  properties: Readonly<Record<string, Schema>>,
  { key, schema }: PropertyRewrite,
): Record<string, Schema> {
  const entries = Object.entries(properties).map(([name, part]): [string, Schema] => {
    const below = rewriteSchema(part, { key, ...(schema ? { schema } : {}) });
    return [key(name), schema ? schema(below, name) : below];
  });
  return Object.fromEntries(entries);
}

function mapValues<Value, Other>(record: Readonly<Record<string, Value>>, map: (value: Value) => Other) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
