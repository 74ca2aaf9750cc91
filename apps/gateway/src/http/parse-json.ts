import { AppError, isJsonObject, type JsonValue } from '@runyard/domain';

/** Levels of lists and objects in each other. Deeper bodies would overflow the stack of whoever walks them later. */
export const JSON_DEPTH_MAX = 64;

// A body that is not UTF-8 is refused here instead of being stored with replacement characters.
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Parses a body. Throws BODY_NOT_JSON for what is no JSON in UTF-8, and BODY_INVALID for what later steps could not
 * carry: deep nesting, the key `__proto__`, NUL and lone surrogates. Of a repeated key the last one counts.
 */
export function parseJson(bytes: Uint8Array): JsonValue {
  const text = decode(bytes);
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (error) {
    throw new AppError('BODY_NOT_JSON', 'The body is not JSON.', { cause: error });
  }
  // NUL, lone surrogates and a disguised key can only come in through an escape.
  checkPart(value, '', 0, text.includes('\\u') || text.includes('__proto__'));
  return value;
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw new AppError('BODY_NOT_JSON', 'The body is not UTF-8.', { cause: error });
  }
}

function checkPart(value: JsonValue | undefined, path: string, depth: number, isSuspect: boolean): void {
  if (typeof value === 'string') {
    if (isSuspect) checkText(value, path);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (depth >= JSON_DEPTH_MAX) refuse(path, `nested deeper than ${JSON_DEPTH_MAX} levels`);
  if (Array.isArray(value)) {
    for (const [index, member] of value.entries()) {
      if (isSuspect || typeof member === 'object') checkPart(member, `${path}/${index}`, depth + 1, isSuspect);
    }
  } else if (isJsonObject(value)) {
    for (const [key, member] of Object.entries(value)) {
      if (isSuspect) checkKey(key, path);
      if (isSuspect || typeof member === 'object') checkPart(member, pointer(path, key), depth + 1, isSuspect);
    }
  }
}

function checkKey(key: string, path: string): void {
  if (key === '__proto__') refuse(path, "has the key '__proto__', which is not allowed");
  checkText(key, path);
}

function checkText(text: string, path: string): void {
  if (text.includes('\0')) refuse(path, 'holds the character NUL');
  if (!isWellFormed(text)) refuse(path, 'holds half of a character (a lone surrogate)');
}

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** True when the text can be written as UTF-8. */
function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

function pointer(path: string, key: string): string {
  return `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function refuse(path: string, reason: string): never {
  const shown = path.slice(0, 200);
  throw new AppError('BODY_INVALID', `The body cannot be used: ${shown === '' ? 'it' : shown} ${reason}.`, {
    errors: [{ path: shown, message: reason }],
  });
}
