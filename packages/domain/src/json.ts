/** A value that survives `JSON.stringify` and back unchanged. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;

/** A JSON object; a key may be absent, so reads give `undefined`. */
export interface JsonObject {
  [key: string]: JsonValue | undefined;
}

/** A JSON Schema, either draft-07 or 2020-12, as written by the author of a service. */
export type JsonSchema = JsonObject;

/** True for a plain JSON object, false for arrays, null and scalars. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
