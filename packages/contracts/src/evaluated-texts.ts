import { isJsonObject, type JsonValue } from '@runyard/domain';
import { pointerPart } from './field-errors.ts';
import type { Schema, SchemaLookup, SchemaObject } from './json-schema.ts';
import { declaredProperties, partsFor } from './schema-walk.ts';
import { schemaNamed } from './schemas.ts';

/** A text that is evaluated when a run is in work, and where it stands. */
export interface EvaluatedText {
  /** A JSON pointer, with keys in camelCase. */
  readonly pointer: string;
  readonly text: string;
  readonly kind: EvaluatedKind;
}

type EvaluatedKind = 'template' | 'expression';

interface Found {
  readonly texts: EvaluatedText[];
  readonly lookup: SchemaLookup;
}

/** The templates and expressions in a valid value of the API, as the annotations `x-template` and `x-expression` say. */
export function evaluatedTexts(schema: string, value: JsonValue): readonly EvaluatedText[] {
  const found: Found = { texts: [], lookup: (name) => schemaNamed(name) };
  walk({ $ref: schema }, value, '', found);
  return found.texts;
}

function walk(schema: Schema, value: JsonValue, pointer: string, found: Found): void {
  const parts = partsFor(schema, value, found.lookup);
  if (parts.some((part) => part['x-template'] === 'deep')) {
    addDeep(value, pointer, found);
  } else if (typeof value === 'string') {
    const kind = kindOf(parts);
    if (kind) found.texts.push({ pointer, text: value, kind });
  } else if (Array.isArray(value)) {
    const items = parts.find((part) => part.items !== undefined)?.items;
    if (items === undefined) return;
    for (const [index, item] of value.entries()) walk(items, item, `${pointer}/${index}`, found);
  } else if (isJsonObject(value)) {
    const properties = declaredProperties(parts);
    const others = parts.map((part) => part.additionalProperties).find((part) => typeof part === 'object');
    for (const [key, child] of Object.entries(value)) {
      const part = properties.get(key) ?? others;
      if (part !== undefined && child !== undefined) walk(part, child, `${pointer}/${pointerPart(key)}`, found);
    }
  }
}

function kindOf(parts: readonly SchemaObject[]): EvaluatedKind | undefined {
  if (parts.some((part) => part['x-template'] !== undefined)) return 'template';
  return parts.some((part) => part['x-expression']) ? 'expression' : undefined;
}

function addDeep(value: JsonValue, pointer: string, found: Found): void {
  if (typeof value === 'string') found.texts.push({ pointer, text: value, kind: 'template' });
  else if (typeof value === 'object' && value !== null) {
    for (const [key, child] of Object.entries(value)) {
      if (child !== undefined) addDeep(child, `${pointer}/${pointerPart(key)}`, found);
    }
  }
}
