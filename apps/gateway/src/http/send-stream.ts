import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

const CHUNK_CHARS = 65_536;

/**
 * Sends JSON, or another text, of any size from its parts, waiting while the reader is slow, so that memory does not grow with the
 * answer. Stops when the reader is gone. A part that fails breaks the answer off, so that nobody takes half for whole.
 */
export async function sendParts(
  response: ServerResponse,
  status: number,
  parts: AsyncIterable<string>,
  mediaType = 'application/json; charset=utf-8',
): Promise<void> {
  response.statusCode = status;
  response.setHeader('Content-Type', mediaType);
  let pending = '';
  for await (const part of parts) {
    pending += part;
    if (pending.length < CHUNK_CHARS) continue;
    if (!(await write(response, pending))) return;
    pending = '';
  }
  response.end(pending);
}

async function write(response: ServerResponse, text: string): Promise<boolean> {
  if (response.destroyed) return false;
  if (response.write(text)) return true;
  const gone = new AbortController();
  const stop = (): void => gone.abort();
  response.once('close', stop);
  await once(response, 'drain', { signal: gone.signal }).catch(() => undefined);
  response.off('close', stop);
  return !response.destroyed;
}
