import { TextDecoder } from 'node:util';
import { deviceError, type JsonValue } from '@runyard/domain';
import type { Dispatcher } from 'undici';

export type ParseMode = 'auto' | 'text' | 'json';

const JSON_DEPTH_MAX = 200;

/** Reads at most so many bytes of a body. `isCut`: there was more, which is left unread. */
export async function readBody(
  body: Dispatcher.ResponseData['body'],
  bytesMax: number,
): Promise<{ readonly bytes: Uint8Array; readonly isCut: boolean }> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    length += chunk.byteLength;
    // Leaving the loop destroys the body and its connection.
    if (length > bytesMax) return { bytes: Buffer.concat(chunks, length).subarray(0, bytesMax), isCut: true };
  }
  return { bytes: Buffer.concat(chunks, length), isCut: false };
}

/** The body as text, in the encoding that the answer names, else as UTF-8. Invalid bytes become U+FFFD. */
export function bodyText(bytes: Uint8Array, contentType: string, isCut = false): string {
  const charset = /charset\s*=\s*"?([\w-]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  return decoder(charset).decode(bytes, { stream: isCut });
}

function decoder(charset: string): TextDecoder {
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder('utf-8');
  }
}

/** The result: text or JSON. Throws CONVERSION_FAILED when it must be JSON and is not. */
export function parseBody(text: string, contentType: string, mode: ParseMode): JsonValue {
  if (mode === 'text') return text;
  if (mode === 'auto' && !/^[\w.-]+\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(contentType)) return text;
  try {
    const value = JSON.parse(text) as JsonValue;
    if (isShallow(value)) return value;
    throw new SyntaxError(`nested deeper than ${JSON_DEPTH_MAX} levels`);
  } catch (cause) {
    if (mode === 'auto') return text;
    throw deviceError('CONVERSION_FAILED', 'The response is not JSON, or is nested too deep', cause);
  }
}

/** False for what could not be written as JSON again without exhausting the stack. */
function isShallow(value: JsonValue): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= JSON_DEPTH_MAX; depth++) {
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
    if (level.length === 0) return true;
  }
  return false;
}
