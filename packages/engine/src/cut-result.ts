import type { JsonValue } from '@runyard/domain';

/** Types keep to the limit by themselves where they can; a conversion may still make more of less. */
export function cut(result: JsonValue, bytesMax: number): JsonValue {
  if (typeof result !== 'object' && typeof result !== 'string') return result;
  const text = typeof result === 'string' ? result : JSON.stringify(result);
  // A character has three bytes at most in two halves of UTF-16, so most texts need no counting.
  if (text.length * 3 <= bytesMax || Buffer.byteLength(text) <= bytesMax) return result;
  const kept = Buffer.from(text)
    .subarray(0, bytesMax)
    .toString('utf8')
    .replace(/\uFFFD$/u, '');
  return `${kept}\n[output cut: larger than ${bytesMax} bytes]`;
}
