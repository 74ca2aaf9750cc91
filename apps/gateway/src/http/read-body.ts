import type { IncomingMessage } from 'node:http';
import { AppError } from '@runyard/domain';

/** The media type of a request without its parameters, in lower case; empty when the header is missing. */
export function mediaTypeOf(request: IncomingMessage): string {
  const header = request.headers['content-type'] ?? '';
  const end = header.indexOf(';');
  return (end === -1 ? header : header.slice(0, end)).trim().toLowerCase();
}

/** True when the request announces a body, be it an empty one. */
export function hasBody(request: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  return encoding !== undefined || (length !== undefined && length !== '0');
}

/**
 * Reads the whole body. Rejects with BODY_TOO_LARGE as soon as it is known to be larger than the limit, and with
 * MEDIA_TYPE_UNSUPPORTED when it is compressed. How long it may take is bounded by the server's `requestTimeout`.
 */
export function readBody(request: IncomingMessage, sizeBytesMax: number): Promise<Buffer> {
  const { 'content-length': length, 'content-encoding': encoding } = request.headers;
  if (encoding !== undefined && encoding !== 'identity') {
    return Promise.reject(new AppError('MEDIA_TYPE_UNSUPPORTED', 'A compressed body is not accepted.'));
  }
  if (length !== undefined && Number(length) > sizeBytesMax) return Promise.reject(tooLarge(sizeBytesMax));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    request.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes <= sizeBytesMax) {
        chunks.push(chunk);
        return;
      }
      // The rest is not read: the answer closes the connection.
      request.removeAllListeners('data');
      request.pause();
      reject(tooLarge(sizeBytesMax));
    });
    request.once('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, sizeBytes)));
    request.once('error', (error) => reject(brokenOff(error)));
    request.once('close', () => {
      // Comes after each request; an error is only made for one that broke off.
      if (!request.complete) reject(brokenOff());
    });
  });
}

function tooLarge(sizeBytesMax: number): AppError {
  return new AppError('BODY_TOO_LARGE', `The body may have at most ${sizeBytesMax} bytes.`, {
    extensions: { limitBytes: sizeBytesMax },
  });
}

function brokenOff(cause?: Error): AppError {
  return new AppError('BODY_INVALID', 'The request ended before its body was complete.', { cause });
}
