import type { IncomingMessage } from 'node:http';

const BYTES_MAX = 32 * 1_024 * 1_024;
const WAIT_MS_MAX = 2_000;

/**
 * Reads on what a refused request still sends, within bounds, and then goes on. A connection that is closed while its
 * sender writes is reset, and he sees that it broke instead of the answer that says why.
 */
export function discardRest(request: IncomingMessage, then: () => void): void {
  if (request.destroyed) {
    then();
    return;
  }
  let left = BYTES_MAX;
  let isOver = false;
  const finish = (): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    request.off('data', count);
    then();
  };
  const count = (chunk: Buffer): void => {
    left -= chunk.length;
    if (left < 0) finish();
  };
  const timer = setTimeout(finish, WAIT_MS_MAX);
  request.once('end', finish).once('close', finish).once('error', finish);
  request.on('data', count);
  request.resume();
}
