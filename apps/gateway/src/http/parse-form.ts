import { AppError, type JsonObject, type JsonValue } from '@runyard/domain';
import { parseJson } from './parse-json.ts';

const FIELDS_MAX = 1_000;

/**
 * Parses a form. A field that looks like a JSON object, list, `true` or `false` is one; a field given several times is
 * a list of texts, and so are the named list fields; everything else is text. Throws BODY_INVALID and BODY_NOT_JSON.
 */
export function parseForm(bytes: Uint8Array, listFields: readonly string[] = []): JsonObject {
  const fields = new URLSearchParams(new TextDecoder().decode(bytes));
  const body: JsonObject = {};
  if (fields.size > FIELDS_MAX) throw new AppError('BODY_INVALID', `The form has more than ${FIELDS_MAX} fields.`);
  for (const name of new Set(fields.keys())) {
    if (name === '__proto__') throw new AppError('BODY_INVALID', "The form has a field '__proto__'.");
    const texts = fields.getAll(name);
    const value = texts.length === 1 ? readField(texts[0] ?? '') : texts;
    body[name] = typeof value === 'string' && listFields.includes(name) ? [value] : value;
  }
  // The same rules as for JSON: NUL and lone surrogates have no place in either.
  return parseJson(new TextEncoder().encode(JSON.stringify(body))) as JsonObject;
}

function readField(text: string): JsonValue {
  if (text === 'true' || text === 'false') return text === 'true';
  if (!/^\s*[[{]/.test(text)) return text;
  return parseJson(new TextEncoder().encode(text));
}
