import { type AppError, type Clock, deviceError, isAppError, type NotificationSender } from '@runyard/domain';
import type { Connections } from './connections.ts';
import { signMessage } from './sign-message.ts';

export interface NotificationSenderOptions {
  readonly connections: Connections;
  readonly clock: Clock;
  /** Names the sender. */
  readonly userAgent: string;
  /** How long a receiver may take to answer. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
/** More of an answer is not read; the connection ends then. */
const ANSWER_BYTES_MAX = 16 * 1024;

/** POSTs signed JSON. Follows no redirects; of an answer only the status counts. */
export function createNotificationSender(options: NotificationSenderOptions): NotificationSender {
  const { connections, clock, userAgent, timeoutMs = TIMEOUT_MS } = options;
  return {
    async send({ url, headers, body, secret }, signal) {
      const { origin, pathname, search } = new URL(url);
      const timeout = AbortSignal.timeout(timeoutMs);
      const ended = AbortSignal.any([signal, timeout]);
      try {
        const dispatcher = await connections.dispatcher(true);
        const response = await dispatcher.request({
          origin,
          path: `${pathname}${search}`,
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'user-agent': userAgent,
            ...headers,
            'x-runyard-signature': signMessage(secret, clock.nowMs(), body),
          },
          body,
          signal: ended,
        });
        // What it says is not wanted, but the connection can be used again when it was short.
        await response.body.dump({ limit: ANSWER_BYTES_MAX, signal: ended }).catch(() => undefined);
        return response.statusCode;
      } catch (error) {
        throw sendError(error, timeout.aborted ? `did not answer within ${timeoutMs / 1_000} s` : null);
      }
    },
  };
}

/** Its text names neither the address nor what was sent. */
function sendError(error: unknown, late: string | null): AppError {
  if (isAppError(error)) return error;
  const cause = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined;
  if (isAppError(cause)) return cause;
  const code = codeOf(error) ?? codeOf(cause) ?? 'unknown reason';
  return deviceError('DELIVERY_FAILED', `The receiver ${late ?? `could not be reached (${code})`}`, error);
}

function codeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}
