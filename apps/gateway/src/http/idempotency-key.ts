import type { IncomingMessage } from 'node:http';
import { AppError } from '@runyard/domain';

const KEY = /^[\x21-\x7e]{1,200}$/;

/** How the header stands in the OpenAPI document. */
export const idempotencyHeader = {
  'Idempotency-Key': {
    schema: { type: 'string', minLength: 1, maxLength: 200, pattern: '^[!-~]+$' },
    description: 'Chosen by the caller: the same call with the same key gives the first run again, for 24 hours.',
  },
} as const;

/** The key of the caller; null when there is none. Throws IDEMPOTENCY_KEY_INVALID. */
export function readIdempotencyKey({ headers }: Pick<IncomingMessage, 'headers'>): string | null {
  const key = headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key === 'string' && KEY.test(key)) return key;
  throw new AppError('IDEMPOTENCY_KEY_INVALID', 'The Idempotency-Key must have 1 to 200 visible ASCII characters.');
}
