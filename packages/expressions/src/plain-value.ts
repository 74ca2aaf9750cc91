import type { JsonValue } from '@runyard/domain';

const PARTS_MAX = 200_000;
const CHARS_MAX = 4_000_000;
const DEPTH_MAX = 100;

/** Thrown for a value that is no data, or too large; its text says why. */
class NotPlain extends Error {}

/**
 * A copy as JSON has it: nothing instead of undefined, plain lists, no functions. What is shared in memory counts each
 * time that it is copied, so that a small value cannot become a huge one. Throws NotPlain.
 */
export function plainValue(value: unknown): JsonValue {
  let parts = 0;
  let chars = 0;
  return copy(value, 0);

  function copy(part: unknown, depth: number): JsonValue {
    parts += 1;
    if (parts > PARTS_MAX) throw new NotPlain(`the value has more than ${PARTS_MAX} parts`);
    if (depth > DEPTH_MAX) throw new NotPlain(`the value is nested more than ${DEPTH_MAX} deep`);
    if (typeof part === 'string') return counted(part);
    if (typeof part === 'number') return Number.isFinite(part) ? part : null;
    if (typeof part === 'boolean') return part;
    if (part === null || part === undefined) return null;
    if (isFunction(part)) throw new NotPlain('the value is a function, or has one in it; call it');
    if (Array.isArray(part)) return Array.from(part as readonly unknown[], (item) => copy(item, depth + 1));
    const entries = Object.entries(part).filter(([, member]) => member !== undefined);
    return Object.fromEntries(entries.map(([key, member]) => [counted(key), copy(member, depth + 1)]));
  }

  function counted(text: string): string {
    chars += text.length;
    if (chars > CHARS_MAX) throw new NotPlain(`the value has more than ${CHARS_MAX} characters`);
    return text;
  }
}

/** A function of JavaScript, or what JSONata has for one. */
function isFunction(value: unknown): boolean {
  if (typeof value === 'function') return true;
  return typeof value === 'object' && value !== null && ('_jsonata_lambda' in value || '_jsonata_function' in value);
}
